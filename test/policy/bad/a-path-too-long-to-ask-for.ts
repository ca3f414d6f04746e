// Nobody could ask for a challenge for it.

import { ROUTE_PATH_CHARS_MAX } from '../../../core/policy/route-schema.ts';
import { bad } from '../base.ts';

export default bad({ 'routes.0.path': `/${'x'.repeat(ROUTE_PATH_CHARS_MAX)}` }, [
  'routes.0.path',
  'Too big',
]);
