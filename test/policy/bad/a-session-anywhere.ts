// The path is part of no host.

import { bad } from '../base.ts';
import { withSession } from '../identities.ts';

export default bad(withSession({ path: '@evil.example/session' }), [
  'identities.session.path',
  'path',
]);
