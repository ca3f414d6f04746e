// They are good until the policy is another.

import { bad } from '../base.ts';
import { EC_KEY, withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: { keys: [EC_KEY], cacheSeconds: 600 } }), [
  'identities.jwt.jwks',
  'only keys by url',
]);
