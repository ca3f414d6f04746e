// It would never be taken.

import { bad } from '../base.ts';

export default bad({ 'routes.0.downgrade': { ladder: ['gpt-4o-mini', 'gpt-5-nano'], on: [] } }, [
  'routes.0.downgrade.on',
  '>=1',
]);
