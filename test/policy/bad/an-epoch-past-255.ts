// An epoch is one byte of a name.

import { bad } from '../base.ts';

export default bad({ edgeShards: { epoch: 256, count: 4 } }, ['edgeShards.epoch', '<=255']);
