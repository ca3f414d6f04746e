// A ledger holds some thousands of open calls and no more.

import { bad } from '../base.ts';

export default bad({ 'limits.key.4.concurrentCalls': 4_001 }, [
  'limits.key.4.concurrentCalls',
  '<=4000',
]);
