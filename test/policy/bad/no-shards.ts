// Without a shard there is nowhere to count addresses.

import { bad } from '../base.ts';

export default bad({ edgeShards: 0 }, ['edgeShards', '>=1']);
