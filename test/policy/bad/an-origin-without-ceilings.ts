// What an app does with a call has to end somewhere.

import { bad, REMOVED } from '../base.ts';
import { ORIGIN } from '../upstreams.ts';

export default bad({ 'routes.0.provider': REMOVED, 'routes.0.origin': 'app', origins: [ORIGIN] }, [
  'routes[0].run',
  'what one call may spend',
]);
