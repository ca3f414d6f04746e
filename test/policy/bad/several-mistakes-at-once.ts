// Everything that is wrong is said at once, schema mistakes together.

import { bad } from '../base.ts';

export default bad(
  { realm: 7, edgeShards: 0, 'limits.ip.dayUsd': 'free', 'routes.0.choicesMax': 0 },
  ['realm', 'string'],
  ['edgeShards', '>=1'],
  ['limits.ip.dayUsd', 'write dollars'],
  ['routes.0.choicesMax', '>=1'],
);
