// A new set of shards, and the one it takes over from.

import { policyWith } from '../base.ts';

export default policyWith({
  edgeShards: { epoch: 255, count: 1_024, previous: { epoch: 254, count: 1 } },
});
