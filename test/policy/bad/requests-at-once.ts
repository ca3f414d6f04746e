// Requests are never all over, so they cannot be counted as those of this moment.

import { bad } from '../base.ts';

export default bad({ 'limits.key.2.window': 'now' }, [
  'limits.key[2]',
  'the window "now" counts concurrentCalls',
]);
