// Nobody goes on from an embedding.

import { bad } from '../base.ts';

export default bad(
  {
    'routes.0.dialect': 'openai-embeddings',
    'routes.0.models': ['text-embedding-3-small'],
    'routes.0.conversation': {},
  },
  ['routes[0].conversation', 'cannot be gone on from'],
);
