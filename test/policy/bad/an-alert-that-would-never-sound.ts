// A scope without limits, another window, another unit, a name that nothing has, and a purse that
// no route is charged in.

import { bad } from '../base.ts';

const ABOUT = { window: 'day', unit: 'usd', percents: [80] };
const NEVER = 'it would never sound';

export default bad(
  {
    'limits.tenant': [{ window: 'day', usd: '10' }],
    'limits.user': [{ window: 'day', usd: '10' }],
    'routes.0.scopes': ['key', 'device', 'ip', 'user'],
    alerts: [
      { ...ABOUT, id: 'everything', principal: 'global' },
      { ...ABOUT, id: 'key-by-the-week', principal: 'key', window: 'week' },
      { ...ABOUT, id: 'key-by-files', principal: 'key', unit: 'files' },
      { ...ABOUT, id: 'no-route', principal: 'route:chats' },
      { ...ABOUT, id: 'no-model', principal: 'model:gpt-4o-mini' },
      { ...ABOUT, id: 'no-preview', principal: 'preview:pulls' },
      { ...ABOUT, id: 'not-charged', principal: 'tenant:acme' },
      { ...ABOUT, id: 'good', principal: 'user' },
    ],
  },
  ['alerts[0]', `nothing limits usd of "global" in "day": ${NEVER}`],
  ['alerts[1]', `nothing limits usd of "key" in "week": ${NEVER}`],
  ['alerts[2]', `nothing limits files of "key" in "day": ${NEVER}`],
  ['alerts[3]', NEVER],
  ['alerts[4]', NEVER],
  ['alerts[5]', NEVER],
  ['alerts[6]', `"tenant:acme"`],
);
