// A route that says it charges tenants, where no tenant has a budget, charges nobody.

import { bad } from '../base.ts';

export default bad(
  { 'routes.0.scopes': ['key', 'ip', 'tenant', 'model'] },
  ['routes[0].scopes[2]', 'nothing limits "tenant"'],
  ['routes[0].scopes[3]', 'nothing limits "model"'],
);
