// Calls at once are counted at once.

import { bad } from '../base.ts';

export default bad({ 'limits.device.4.window': 'day' }, [
  'limits.device[4]',
  'the window "now" counts concurrentCalls',
]);
