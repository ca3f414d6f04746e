// What nobody can send needs no rule, and a chain is not a history that is kept here.

import { APP_ROUTE } from '../app-route.ts';
import { bad } from '../base.ts';

export default bad(
  {
    routes: [
      {
        ...APP_ROUTE,
        conversation: {},
        system: { callers: 'refuse' },
        tools: { callers: 'refuse' },
        loop: { stepsMax: 1, toolCallsMax: 1 },
      },
    ],
  },
  ['routes[0].conversation', 'leave it out'],
  ['routes[0].loop', 'leave it out'],
  ['routes[0].system', 'leave it out'],
  ['routes[0].tools', 'leave it out'],
);
