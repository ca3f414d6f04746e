// Every user would be on the default.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad({ ...withJwt({ plans: { gold: 'pro' } }), plans: [{ id: 'pro' }] }, [
  'identities.jwt.plans',
  'planClaim',
]);
