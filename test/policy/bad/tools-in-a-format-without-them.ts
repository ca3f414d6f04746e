// A rule that would never be asked.

import { bad } from '../base.ts';

export default bad(
  {
    'routes.0.dialect': 'openai-completions',
    'routes.0.tools': { callers: 'refuse' },
    'routes.0.system': { callers: 'refuse' },
  },
  ['routes[0].tools', 'have none'],
  ['routes[0].system', 'have none'],
);
