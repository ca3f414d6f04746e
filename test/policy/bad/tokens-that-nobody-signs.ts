// An algorithm that signs nothing.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad(withJwt({ algorithms: ['none'] }), ['identities.jwt.algorithms.0', 'ES256']);
