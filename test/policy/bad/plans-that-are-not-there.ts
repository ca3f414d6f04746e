// Two plans that nobody has written, told at once.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad(
  withJwt({ planClaim: 'plan', plans: { gold: 'pro' }, defaultPlan: 'free' }),
  ['identities.jwt.plans.gold', 'no plan "pro"'],
  ['identities.jwt.defaultPlan', 'no plan "free"'],
);
