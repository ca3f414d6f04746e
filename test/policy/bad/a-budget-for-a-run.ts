// A budget of one run is no budget of a caller: its ceilings stand in the route.

import { bad } from '../base.ts';

export default bad({ 'limits.key.0.window': 'run' }, [
  'limits.key[0]',
  'loop: { stepsMax, toolCallsMax, usd }',
]);
