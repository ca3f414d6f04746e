// An hour after it a user would still be signed in.

import { bad } from '../base.ts';
import { withSession } from '../identities.ts';

export default bad(withSession({ cacheSeconds: 3_600 }), ['identities.session.cacheSeconds', '60']);
