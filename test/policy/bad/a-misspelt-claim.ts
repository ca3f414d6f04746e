// Unknown keys are refused: this one would have left the default in force.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad(withJwt({ userclaim: 'sub' }), ['identities.jwt', 'userclaim']);
