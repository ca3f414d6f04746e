// No purse for all routes, and one for the only route there is.

import { policyWith } from '../base.ts';
import { JWT, USER_LIST } from '../identities.ts';

export default policyWith({ identities: { jwt: JWT }, 'routes.0.limits': { user: USER_LIST } });
