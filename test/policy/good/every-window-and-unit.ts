// All that can be counted, in all the windows it can be counted in.

import { policyWith } from '../base.ts';

export default policyWith({
  'limits.key': [
    { window: 'now', concurrentCalls: 20 },
    { window: 'minute', requests: 60 },
    { window: 'hour', inputTokens: 100_000 },
    { window: 'day', outputTokens: 100_000 },
    { window: 'week', requests: 1_000 },
    { window: 'month', inputTokens: 1_000_000 },
    { window: 'lifetime', usd: '0.40' },
    { window: 'rolling-minute', requests: 100 },
    { window: 'rolling-hour', inputTokens: 10_000 },
    { window: 'rolling-day', outputTokens: 2 ** 40 },
    { window: 'rolling-week', requests: 100 },
    { window: 'day', usd: '4' },
    { window: 'hour', toolCalls: 50 },
    { window: 'day', images: 20 },
    { window: 'week', files: 100 },
    { window: 'hour', retrievedDocuments: 60 },
    { window: 'month', fileBytes: 1_000_000_000 },
    { window: 'rolling-day', audioSeconds: 3_600 },
  ],
});
