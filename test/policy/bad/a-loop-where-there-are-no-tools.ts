// No request of this dialect shows a loop: its ceilings would never be met.

import { bad } from '../base.ts';

export default bad(
  {
    'routes.0.dialect': 'openai-completions',
    'routes.0.models': ['gpt-3.5-turbo-instruct'],
    'routes.0.loop': { stepsMax: 8, toolCallsMax: 16 },
  },
  ['routes[0].loop', 'no loop of tool calls'],
);
