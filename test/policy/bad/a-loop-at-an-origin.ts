// Calls of an origin are steps of its run, which has ceilings of its own.

import { bad } from '../base.ts';
import { AT_ORIGIN } from '../upstreams.ts';

export default bad({ ...AT_ORIGIN, 'routes.0.loop': { stepsMax: 8, toolCallsMax: 16 } }, [
  'routes[0].loop',
  'belong to its run',
]);
