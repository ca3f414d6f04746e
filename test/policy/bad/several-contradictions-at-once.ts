// Everything that contradicts itself is said at once, over all routes.

import { bad, ROUTE } from '../base.ts';

export default bad(
  {
    'routes.0.models': ['gpt-98', 'gpt-4o', 'gpt-99'],
    'routes.1': { ...ROUTE, provider: 'nobody' },
    'proof.capHashes': 32,
  },
  ['routes[0].models[0]', 'gpt-98'],
  ['routes[0].models[2]', 'gpt-99'],
  ['routes[1].id', 'another route'],
  ['routes[1].path', 'the same path'],
  ['routes[1].provider', 'nobody'],
  ['proof.capHashes', 'must not be below'],
);
