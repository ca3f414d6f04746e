// A challenge names its route; two of a name would be one to it.

import { bad, ROUTE } from '../base.ts';

export default bad({ 'routes.1': { ...ROUTE, path: '/other' } }, [
  'routes[1].id',
  'another route is called "chat"',
]);
