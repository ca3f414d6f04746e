// A key that was not copied whole would refuse every token.

import { bad } from '../base.ts';
import { EC_KEY, withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: { keys: [{ ...EC_KEY, x: EC_KEY.x.slice(1) }] } }), [
  'identities.jwt.jwks.keys.0.x',
  '32 bytes',
]);
