// No cookie is called so.

import { bad } from '../base.ts';
import { withSession } from '../identities.ts';

export default bad(withSession({ cookie: 'sid; admin' }), [
  'identities.session.cookie',
  'name of a cookie',
]);
