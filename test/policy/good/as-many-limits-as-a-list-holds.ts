// 32 entries, each a counter of its own.

import { LIST_ENTRIES_MAX } from '../../../core/policy/limit-schema.ts';
import { policyWith } from '../base.ts';

const UNITS = ['requests', 'inputTokens', 'outputTokens'];
const WINDOWS = [
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'lifetime',
  'rolling-minute',
  'rolling-hour',
  'rolling-day',
  'rolling-week',
];

export default policyWith({
  'limits.ip': [
    ...WINDOWS.flatMap((window) => UNITS.map((unit) => ({ window, [unit]: 9 }))),
    { window: 'day', usd: '4' },
    { window: 'now', concurrentCalls: 9 },
  ].slice(0, LIST_ENTRIES_MAX),
});
