// They would be gone while they are fresh.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad(
  withJwt({ jwks: { url: 'https://id.example/jwks', cacheSeconds: 600, staleSecondsMax: 599 } }),
  ['identities.jwt.jwks.staleSecondsMax', 'less'],
);
