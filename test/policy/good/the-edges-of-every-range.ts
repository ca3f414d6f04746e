// What is allowed at the edge of a range is allowed.

import { policyWith } from '../base.ts';

export default policyWith({
  'routes.0.outputTokensMax': 16,
  'routes.0.toolsMax': 0,
  'proof.floorHashes': 2 ** 24,
  'proof.capHashes': 2 ** 24,
  edgeShards: 1_024,
  leaseSeconds: 60,
});
