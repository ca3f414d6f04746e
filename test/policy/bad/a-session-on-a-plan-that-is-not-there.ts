// Its users would be on none.

import { bad } from '../base.ts';
import { withSession } from '../identities.ts';

export default bad(withSession({ plans: { gold: 'pro' } }), [
  'identities.session.plans.gold',
  'no plan',
]);
