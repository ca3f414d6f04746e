// What a plain number means, written out.

import { policyWith } from '../base.ts';

export default policyWith({ edgeShards: { epoch: 1, count: 4 } });
