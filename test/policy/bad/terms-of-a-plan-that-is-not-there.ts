// A typing error would shut everybody out.

import { bad } from '../base.ts';

export default bad(
  { plans: [{ id: 'free' }, { id: 'pro', isPaid: true }], 'routes.0.plans': { por: {} } },
  ['routes[0].plans.por', 'there is no plan "por"'],
);
