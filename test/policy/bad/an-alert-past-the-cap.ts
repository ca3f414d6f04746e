// 101 %, 0 %, half a percent, and none at all.

import { bad } from '../base.ts';

const ABOUT = { principal: 'key', window: 'day', unit: 'usd' };

export default bad(
  {
    alerts: [
      { ...ABOUT, id: 'over', percents: [101] },
      { ...ABOUT, id: 'nothing', percents: [0] },
      { ...ABOUT, id: 'half', percents: [0.5] },
      { ...ABOUT, id: 'none', percents: [] },
    ],
  },
  ['alerts.0.percents.0', '100'],
  ['alerts.1.percents.0', '1'],
  ['alerts.2.percents.0', 'int'],
  ['alerts.3.percents', '1'],
);
