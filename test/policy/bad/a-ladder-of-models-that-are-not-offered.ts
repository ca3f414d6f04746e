// Nothing could ever stand on it.

import { bad } from '../base.ts';

export default bad({ 'routes.0.downgrade': { ladder: ['gpt-5', 'gpt-5-mini'], on: ['money'] } }, [
  'routes[0].downgrade.ladder',
  'none of these',
]);
