// Its list stands in the place of the one with the dollars.

import { bad } from '../base.ts';

export default bad(
  { plans: [{ id: 'free', limits: { key: [{ window: 'day', requests: 20 }] } }] },
  ['plans[0].limits.key', 'write a budget in dollars'],
);
