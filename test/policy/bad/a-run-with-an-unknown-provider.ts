// Its steps would have nowhere to go.

import { bad } from '../base.ts';
import { AT_ORIGIN, RUN } from '../upstreams.ts';

export default bad({ ...AT_ORIGIN, 'routes.0.run': { ...RUN, providers: ['opanai'] } }, [
  'routes[0].run.providers',
  'no provider "opanai"',
]);
