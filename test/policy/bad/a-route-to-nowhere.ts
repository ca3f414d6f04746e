// Somebody has to answer.

import { bad, REMOVED } from '../base.ts';

export default bad({ 'routes.0.provider': REMOVED }, [
  'routes[0].provider',
  'either a provider or an origin',
]);
