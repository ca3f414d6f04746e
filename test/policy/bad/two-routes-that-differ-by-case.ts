// Many servers read both as one path, and only one of the two routes says what it may cost.

import { bad, ROUTE } from '../base.ts';

export default bad({ 'routes.1': { ...ROUTE, id: 'other', path: '/API/chat' } }, [
  'routes[1].path',
  'differs only by case from that of route "chat"',
]);
