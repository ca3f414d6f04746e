// It would leave nothing out.

import { bad } from '../base.ts';

export default bad({ 'routes.0.tools': { callers: 'filter' } }, [
  'routes[0].tools.names',
  'name the tools',
]);
