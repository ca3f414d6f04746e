// Nobody could sign anything.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad(withJwt({ jwks: {} }), ['identities.jwt.jwks', 'either']);
