// The point of a preview is its own low budget.

import { bad } from '../base.ts';

export default bad({ previews: [{ id: 'p', suffix: '.preview.example' }] }, [
  'previews.0.limits',
  'list of limits',
]);
