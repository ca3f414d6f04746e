// Past 2^53 a counter would not be exact.

import { bad } from '../base.ts';

export default bad({ 'limits.key.2.requests': 2 ** 53 }, [
  'limits.key.2.requests',
  '<=9007199254740991',
]);
