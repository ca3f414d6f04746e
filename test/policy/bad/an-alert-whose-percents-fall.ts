// Down, and the same twice.

import { bad } from '../base.ts';

const ABOUT = { principal: 'key', window: 'day', percents: [80] };

export default bad(
  {
    alerts: [
      { ...ABOUT, id: 'down', unit: 'usd', percents: [80, 50] },
      { ...ABOUT, id: 'twice', unit: 'requests', percents: [50, 50] },
    ],
  },
  ['alerts[0].percents', 'rising'],
  ['alerts[1].percents', 'rising'],
);
