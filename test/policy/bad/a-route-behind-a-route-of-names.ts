// Of a dialect with the model in the path everything below is the route's: whichever is above.

import { bad, ROUTE } from '../base.ts';

const GEMINI = { ...ROUTE, dialect: 'gemini' } as const;

export default bad(
  {
    'routes.1': { ...ROUTE, id: 'below', path: '/v1beta/Models/list' },
    'routes.2': { ...GEMINI, id: 'names', path: '/v1beta/models' },
    'routes.3': { ...GEMINI, id: 'deeper', path: '/v1beta/models/tuned' },
  },
  ['routes[1].path', 'stands behind that of route "names"'],
  ['routes[3].path', 'stands behind that of route "names"'],
);
