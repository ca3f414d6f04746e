// A tenth decimal cannot be counted.

import { bad } from '../base.ts';

export default bad({ 'limits.ip.0.usd': '0.0000000001' }, [
  'limits.ip.0.usd',
  'at most nine decimals',
]);
