// A request would have to begin with two slashes, which no server has in one reading only.

import { bad } from '../base.ts';

export default bad({ 'routes.0.path': '/', 'routes.0.dialect': 'gemini' }, [
  'routes[0].path',
  'no request can match two slashes in a row',
]);
