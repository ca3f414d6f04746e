// Epochs count from 1.

import { bad } from '../base.ts';

export default bad({ edgeShards: { epoch: 0, count: 4 } }, ['edgeShards.epoch', '>=1']);
