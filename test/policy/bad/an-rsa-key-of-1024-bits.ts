// Short enough to be factored.

import { bad } from '../base.ts';
import { RSA_KEY, withJwt } from '../identities.ts';

export default bad(
  withJwt({ algorithms: ['RS256'], jwks: { keys: [{ ...RSA_KEY, n: RSA_KEY.n.slice(0, 172) }] } }),
  ['identities.jwt.jwks.keys.0.n', '2048'],
);
