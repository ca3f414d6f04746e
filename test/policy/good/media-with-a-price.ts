// What bytes do not bound, at the price that is held for it.

import { policyWith } from '../base.ts';

export default policyWith({
  'routes.0.allow': {
    images: { most: 4, tokensEach: 50_000 },
    serverTools: { names: ['web_search'], inputTokensMax: 500_000, usd: '0.10' },
  },
});
