// The host is what stands behind the @.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: { url: 'https://id.example@evil.example/jwks' } }), [
  'identities.jwt.jwks.url',
  'https',
]);
