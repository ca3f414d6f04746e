// Whoever stands between would sign for everybody.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: { url: 'http://id.example/jwks' } }), [
  'identities.jwt.jwks.url',
  'https',
]);
