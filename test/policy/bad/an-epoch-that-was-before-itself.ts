// The set of shards before this one has a lower number: else both would have the same names.

import { bad } from '../base.ts';

export default bad({ edgeShards: { epoch: 2, count: 8, previous: { epoch: 2, count: 4 } } }, [
  'edgeShards.previous.epoch',
  'must be below edgeShards.epoch',
]);
