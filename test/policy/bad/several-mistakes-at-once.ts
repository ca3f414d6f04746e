// Everything that is wrong is said at once, schema mistakes together.

import { bad } from '../base.ts';

export default bad(
  { realm: 7, edgeShards: 0, 'limits.ip.0.usd': 'free', 'routes.0.choicesMax': 0 },
  ['realm', 'string'],
  ['edgeShards', '>=1'],
  ['limits.ip.0.usd', 'write dollars'],
  ['routes.0.choicesMax', '>=1'],
);
