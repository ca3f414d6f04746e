// No token by this algorithm could ever be good.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad(withJwt({ algorithms: ['ES256', 'RS256'] }), [
  'identities.jwt.algorithms[1]',
  'no key',
]);
