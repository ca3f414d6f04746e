// A call would be tried again as it was.

import { bad } from '../base.ts';

export default bad(
  { 'routes.0.downgrade': { ladder: ['gpt-4o-mini', 'gpt-4o-mini'], on: ['money'] } },
  ['routes[0].downgrade.ladder[1]', 'is named above'],
);
