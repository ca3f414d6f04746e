// What is counted at once cannot be granted in advance.

import { bad } from '../base.ts';

export default bad({ 'limits.tenant': [{ window: 'now', concurrentCalls: 9 }] }, [
  'limits.tenant[0]',
  'spent from slices',
]);
