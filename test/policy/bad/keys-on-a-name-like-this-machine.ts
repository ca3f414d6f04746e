// It only begins like this machine.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: { url: 'http://localhost.evil.example/jwks' } }), [
  'identities.jwt.jwks.url',
  'https',
]);
