// What a plan offers has to be priced as well.

import { bad } from '../base.ts';

export default bad(
  {
    plans: [{ id: 'free' }, { id: 'pro', isPaid: true }],
    'routes.0.plans': { pro: { models: ['gpt-99'] } },
  },
  ['routes[0].plans.pro.models[0]', 'no price'],
);
