// Purses are told of by their scope; a name that callers choose is none of the policy's.

import { bad } from '../base.ts';

const ABOUT = { window: 'day', unit: 'usd', percents: [80] };

export default bad(
  {
    alerts: [
      { ...ABOUT, id: 'anna', principal: 'user:anna' },
      { ...ABOUT, id: 'a-grace', principal: 'grace:chat' },
      { ...ABOUT, id: 'nobody', principal: 'tenant:' },
    ],
  },
  ['alerts.0.principal', 'tenant:…, preview:… or one of user, key'],
  ['alerts.1.principal', 'one of user, key'],
  ['alerts.2.principal', 'one of user, key'],
);
