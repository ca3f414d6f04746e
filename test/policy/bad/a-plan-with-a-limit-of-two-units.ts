// Lists of plans are read as any other.

import { bad } from '../base.ts';

export default bad(
  {
    plans: [{ id: 'free' }, { id: 'pro', isPaid: true }],
    'routes.0.plans': { pro: { limits: { user: [{ window: 'day', usd: '1', requests: 2 }] } } },
  },
  ['routes[0].plans.pro.limits.user[0]', 'one unit to an entry'],
);
