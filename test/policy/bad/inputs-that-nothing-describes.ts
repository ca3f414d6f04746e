// There is nothing to check them against.

import { bad } from '../base.ts';

export default bad({ 'routes.0.tools': { callers: 'allow', inputs: 'cut' } }, [
  'routes[0].tools.inputs',
  'nothing to check against',
]);
