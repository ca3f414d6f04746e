// No request can match a spelling that is not the plain one.

import { bad } from '../base.ts';

export default bad({ 'routes.0.path': '/x/../api/chat' }, [
  'routes[0].path',
  'write it as "/api/chat"',
]);
