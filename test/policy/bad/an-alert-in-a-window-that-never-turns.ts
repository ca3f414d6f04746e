// It would sound once and never again.

import { bad } from '../base.ts';

const ABOUT = { principal: 'key', unit: 'requests', percents: [80] };

export default bad(
  {
    alerts: [
      { ...ABOUT, id: 'rolling', window: 'rolling-day' },
      { ...ABOUT, id: 'calls', window: 'now', unit: 'concurrentCalls' },
    ],
  },
  ['alerts.0.window', 'once a window'],
  ['alerts.1.window', 'once a window'],
);
