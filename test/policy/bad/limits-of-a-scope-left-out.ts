// A limit on a scope that the route does not charge would never be met.

import { bad } from '../base.ts';

export default bad(
  {
    'routes.0.scopes': ['key', 'ip'],
    'routes.0.limits': { device: [{ window: 'day', requests: 5 }] },
  },
  ['routes[0].limits.device', 'not among the scopes'],
);
