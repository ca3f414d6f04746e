// Steps of runs are counted, and an origin may call providers that are not in the policy by itself.

import { policyWith } from '../base.ts';
import { AT_ORIGIN, RUN } from '../upstreams.ts';

export default policyWith({
  ...AT_ORIGIN,
  'routes.0.models': ['claude-haiku-4-5'],
  'routes.0.run': { ...RUN, usdMin: '0.25', providers: [] },
  'limits.key': [
    { window: 'day', usd: '1' },
    { window: 'day', agentSteps: 100 },
  ],
});
