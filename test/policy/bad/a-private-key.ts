// The private half came with the public one: whoever reads the policy could be anybody.

import { bad } from '../base.ts';
import { EC_KEY, withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: { keys: [{ ...EC_KEY, d: EC_KEY.x }] } }), [
  'identities.jwt.jwks.keys.0.d',
  'private',
]);
