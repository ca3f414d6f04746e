// The route itself is fine; on this plan it is not.

import { bad } from '../base.ts';
import { WEATHER } from '../tools.ts';

export default bad(
  {
    plans: [{ id: 'pro', callers: ['key'] }],
    tools: [WEATHER],
    'routes.0.plans': { pro: { tools: { callers: 'pinned', names: ['news'] } } },
  },
  ['routes[0].plans.pro.tools.names[0]', 'no tool of the policy'],
);
