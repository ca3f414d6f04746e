// A list of the route is enough for a scope to be named.

import { policyWith } from '../base.ts';

export default policyWith({
  'routes.0.scopes': ['key', 'ip', 'tenant', 'route'],
  'routes.0.limits': {
    tenant: [{ window: 'hour', requests: 10 }],
    route: [{ window: 'day', usd: '100' }],
  },
});
