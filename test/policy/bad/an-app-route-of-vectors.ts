// There is nothing to say to a model that makes vectors of texts.

import { APP_ROUTE } from '../app-route.ts';
import { bad } from '../base.ts';

export default bad(
  { routes: [{ ...APP_ROUTE, dialect: 'openai-embeddings', models: ['text-embedding-3-small'] }] },
  ['routes[0].app', "is for a provider's route that speaks openai-chat"],
);
