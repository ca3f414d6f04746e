// Every request would be refused for tools that it did not bring.

import { bad } from '../base.ts';
import { WEATHER } from '../tools.ts';

export default bad(
  {
    tools: [WEATHER],
    'routes.0.toolsMax': 0,
    'routes.0.tools': { callers: 'pinned', names: ['weather'] },
  },
  ['routes[0].toolsMax', 'tools that are pinned'],
);
