// A provider's own tool has no schema of the policy's: it is named in the route's allowance.

import { policyWith } from '../base.ts';
import { WEATHER } from '../tools.ts';

export default policyWith({
  tools: [WEATHER],
  'routes.0.allow': { serverTools: { names: ['web_search'], inputTokensMax: 1_000 } },
  'routes.0.tools': { callers: 'allow', names: ['weather', 'web_search'], inputs: 'record' },
});
