// Nothing could be sent for it.

import { bad } from '../base.ts';
import { WEATHER } from '../tools.ts';

export default bad(
  { tools: [WEATHER], 'routes.0.tools': { callers: 'pinned', names: ['weather', 'wether'] } },
  ['routes[0].tools.names[1]', 'no tool of the policy'],
);
