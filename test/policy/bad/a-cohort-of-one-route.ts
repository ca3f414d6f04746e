// Cohorts are of the whole gateway: a device is born once, not once a route.

import { bad } from '../base.ts';

export default bad({ 'routes.0.limits': { cohort: [{ window: 'day', usd: '1' }] } }, [
  'routes.0.limits',
  'cohort',
]);
