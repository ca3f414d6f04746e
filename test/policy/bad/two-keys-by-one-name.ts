// Which of them signed a token could not be told.

import { bad } from '../base.ts';
import { EC_KEY, withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: { keys: [EC_KEY, { ...EC_KEY, x: EC_KEY.y }] } }), [
  'identities.jwt.jwks.keys[1]',
  'one',
]);
