// The second would never be reached.

import { bad, ROUTE } from '../base.ts';

export default bad({ 'routes.1': { ...ROUTE, id: 'other' } }, [
  'routes[1].path',
  'route "chat" has the same path',
]);
