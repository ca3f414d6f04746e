// No budget could ever be small enough for it, and none large enough.

import { bad } from '../base.ts';
import { AT_ORIGIN, RUN } from '../upstreams.ts';

export default bad({ ...AT_ORIGIN, 'routes.0.run': { ...RUN, usdMin: '0.26' } }, [
  'routes[0].run.usdMin',
  'is more than usd',
]);
