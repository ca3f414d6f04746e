// The number of shards is a number, or a number and its epoch.

import { bad } from '../base.ts';

export default bad({ edgeShards: 'many' }, ['edgeShards', 'a number of shards']);
