// A key that was meant to count and does not.

import { bad } from '../base.ts';
import { EC_KEY, ED_KEY, withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: { keys: [EC_KEY, ED_KEY] } }), [
  'identities.jwt.jwks.keys[1]',
  'not among',
]);
