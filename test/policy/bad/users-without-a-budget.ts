// Whoever signs in could spend without end.

import { bad } from '../base.ts';
import { JWT } from '../identities.ts';

export default bad({ identities: { jwt: JWT } }, ['limits.user', 'dollars']);
