// The least that names users.

import { policyWith } from '../base.ts';
import { withJwt } from '../identities.ts';

export default policyWith(withJwt());
