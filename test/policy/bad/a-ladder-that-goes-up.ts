// Whoever runs out of money would be given a dearer model.

import { bad } from '../base.ts';

export default bad(
  {
    'routes.0.models': ['gpt-4o-mini', 'gpt-5'],
    'routes.0.downgrade': { ladder: ['gpt-4o-mini', 'gpt-5'], on: ['money'] },
  },
  ['routes[0].downgrade.ladder[1]', 'is dearer than "gpt-4o-mini"'],
);
