// The second one would take the place of the first.

import { bad } from '../base.ts';

const ABOUT = { id: 'half', principal: 'key', window: 'day', unit: 'usd', percents: [50] };

export default bad(
  { alerts: [ABOUT, { ...ABOUT, percents: [80] }] },
  ['alerts[1]', '"half" is about this counter: add percents there'],
  ['alerts[1].id', 'another alert is called "half"'],
);
