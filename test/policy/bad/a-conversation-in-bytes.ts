// A history that nobody can read cannot be held to what was answered.

import { bad } from '../base.ts';
import { AT_ORIGIN } from '../upstreams.ts';

export default bad({ ...AT_ORIGIN, 'routes.0.dialect': 'plain', 'routes.0.conversation': {} }, [
  'routes[0].conversation',
  'cannot be gone on from',
]);
