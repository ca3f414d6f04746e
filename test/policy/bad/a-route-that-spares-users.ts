// The one route on which users would cost nothing.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad({ ...withJwt(), 'routes.0.scopes': ['key', 'ip', 'device'] }, [
  'routes[0].scopes',
  'keep "user"',
]);
