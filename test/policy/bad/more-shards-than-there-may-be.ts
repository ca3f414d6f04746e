// A layout of two thousand shards is a typing error.

import { bad } from '../base.ts';

export default bad({ edgeShards: { epoch: 2, count: 1_025 } }, ['edgeShards.count', '<=1024']);
