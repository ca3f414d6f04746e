// Two caps of one counter: one of them is a mistake.

import { bad } from '../base.ts';

export default bad({ 'limits.ip.1.window': 'day' }, [
  'limits.ip[1]',
  'usd in "day" is limited above',
]);
