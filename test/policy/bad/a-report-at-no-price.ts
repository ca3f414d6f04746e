// Nobody sells this model: what an origin reports of it could not be priced.

import { bad } from '../base.ts';
import { AT_ORIGIN, RUN } from '../upstreams.ts';

export default bad(
  {
    ...AT_ORIGIN,
    'routes.0.run': { ...RUN, providers: [] },
    'routes.0.models': ['gpt-of-our-own'],
  },
  ['routes[0].models[0]', 'has no price'],
);
