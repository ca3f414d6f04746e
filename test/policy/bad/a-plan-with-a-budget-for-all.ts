// What all callers of a route share is one budget, whatever their plans.

import { bad } from '../base.ts';

export default bad(
  {
    plans: [{ id: 'pro' }],
    'routes.0.plans': { pro: { limits: { route: [{ window: 'day', usd: '1' }] } } },
  },
  ['routes.0.plans.pro.limits', 'Unrecognized key: "route"'],
);
