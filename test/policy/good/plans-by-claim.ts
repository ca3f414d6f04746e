// A claim with a name of its own, the provider’s words for plans, and one for everybody else.

import { policyWith } from '../base.ts';
import { withJwt } from '../identities.ts';

export default policyWith({
  ...withJwt({
    planClaim: 'https://id.example/plan',
    plans: { price_1Nx: 'pro', 'free tier': 'free' },
    defaultPlan: 'free',
    verifiedClaim: 'phone_number_verified',
  }),
  plans: [{ id: 'free' }, { id: 'pro', isPaid: true }],
});
