// Requests are counted, and a request may cost a dollar.

import { bad } from '../base.ts';

export default bad({ 'limits.device': [{ window: 'day', requests: 20 }] }, [
  'limits.device',
  'no entry is of dollars',
]);
