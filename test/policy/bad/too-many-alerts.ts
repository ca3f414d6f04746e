// One more than there may be.

import { ALERTS_MAX } from '../../../core/policy/alert-schema.ts';
import { bad } from '../base.ts';

const alerts = Array.from({ length: ALERTS_MAX + 1 }, (_, index) => ({
  id: `a${String(index)}`,
  principal: 'key',
  window: 'day',
  unit: 'usd',
  percents: [80],
}));

export default bad({ alerts }, ['alerts', String(ALERTS_MAX)]);
