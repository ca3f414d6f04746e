// A key of one kind with the secret of another.

import { bad } from '../base.ts';
import { EC_KEY, withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: { keys: [{ ...EC_KEY, k: 'c2VjcmV0' }] } }), [
  'identities.jwt.jwks.keys.0.k',
  'private',
]);
