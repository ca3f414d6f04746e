// Nobody is charged twice.

import { bad } from '../base.ts';

export default bad({ 'routes.0.scopes': ['key', 'ip', 'ip'] }, [
  'routes[0].scopes[2]',
  'named above',
]);
