// What checks such a token can also make one.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }), [
  'identities.jwt.jwks.keys.0.kty',
  'shared secret',
]);
