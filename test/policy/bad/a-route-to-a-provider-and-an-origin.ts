// Two places to go are one too many.

import { bad } from '../base.ts';
import { ORIGIN, RUN } from '../upstreams.ts';

export default bad({ 'routes.0.origin': 'app', origins: [ORIGIN], 'routes.0.run': RUN }, [
  'routes[0].provider',
  'either a provider or an origin',
]);
