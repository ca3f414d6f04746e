// Nobody could be asked.

import { bad } from '../base.ts';
import { withSession } from '../identities.ts';

export default bad(withSession({ origin: 'elsewhere' }), [
  'identities.session.origin',
  'no origin',
]);
