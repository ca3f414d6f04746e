// Signed in, and nothing says what may be spent.

import { bad } from '../base.ts';
import { withSession } from '../identities.ts';

export default bad({ ...withSession(), 'limits.user': undefined }, ['limits.user', 'may spend']);
