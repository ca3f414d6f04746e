// The test policy with windows that turn over soon and windows that roll.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

export const REQUESTS_A_MINUTE = 3;
export const ROLLING_NANO_USD = 1_000_000_000;

export default definePolicy({
  ...base,
  limits: {
    ...base.limits,
    key: [
      ...base.limits.key,
      { window: 'minute', requests: REQUESTS_A_MINUTE },
      { window: 'rolling-hour', usd: '1' },
      { window: 'lifetime', usd: '50' },
      { window: 'hour', outputTokens: 100_000 },
    ],
    tenant: [{ window: 'minute', requests: 2 }],
  },
});
