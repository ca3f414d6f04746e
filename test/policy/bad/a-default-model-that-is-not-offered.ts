// A request that names none would be refused.

import { bad } from '../base.ts';

export default bad({ 'routes.0.defaultModel': 'gpt-5' }, [
  'routes[0].defaultModel',
  'is not among the models',
]);
