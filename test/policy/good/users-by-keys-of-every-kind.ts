// Three keys with names, another claim, tokens without a key of their own.

import { policyWith } from '../base.ts';
import { EC_KEY, ED_KEY, RSA_KEY, withJwt } from '../identities.ts';

export default policyWith(
  withJwt({
    algorithms: ['ES256', 'EdDSA', 'RS256'],
    jwks: { keys: [{ ...EC_KEY, alg: 'ES256', use: 'sig' }, ED_KEY, RSA_KEY] },
    userClaim: 'https://id.example/user',
    requireDpop: false,
  }),
);
