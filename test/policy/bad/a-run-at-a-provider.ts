// A provider makes no calls of its own.

import { bad } from '../base.ts';
import { RUN } from '../upstreams.ts';

export default bad({ 'routes.0.run': RUN }, ['routes[0].run', 'only an origin']);
