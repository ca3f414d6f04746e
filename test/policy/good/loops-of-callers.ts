// Loops that callers run, with all their ceilings and with the least, and a number of them a day.

import { policyWith, ROUTE } from '../base.ts';

export default policyWith({
  routes: [
    { ...ROUTE, loop: { stepsMax: 8, toolCallsMax: 16, usd: '0.01', seconds: 120 } },
    { ...ROUTE, id: 'brief', path: '/api/brief', loop: { stepsMax: 1, toolCallsMax: 0 } },
  ],
  'limits.device': [
    { window: 'day', usd: '1' },
    { window: 'day', runs: 10 },
  ],
});
