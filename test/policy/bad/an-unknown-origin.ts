// A route must know whom it calls.

import { bad, REMOVED } from '../base.ts';
import { ORIGIN, RUN } from '../upstreams.ts';

export default bad(
  { 'routes.0.provider': REMOVED, 'routes.0.origin': 'ap', 'routes.0.run': RUN, origins: [ORIGIN] },
  ['routes[0].origin', 'no origin "ap"'],
);
