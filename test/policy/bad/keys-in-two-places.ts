// Which of them counts when they differ?

import { bad } from '../base.ts';
import { EC_KEY, withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: { keys: [EC_KEY], url: 'https://id.example/jwks' } }), [
  'identities.jwt.jwks',
  'either',
]);
