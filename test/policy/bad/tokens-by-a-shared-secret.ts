// Whoever knows a public key would sign with it.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad(withJwt({ algorithms: ['HS256'] }), ['identities.jwt.algorithms.0', 'ES256']);
