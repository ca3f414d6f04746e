// A tenth decimal cannot be counted.

import { bad } from '../base.ts';

export default bad({ 'limits.ip.dayUsd': '0.0000000001' }, [
  'limits.ip.dayUsd',
  'at most nine decimals',
]);
