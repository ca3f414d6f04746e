// Past 2^53 nano-dollars ($9,007,199.25) a counter would not be exact.

import { bad } from '../base.ts';

export default bad({ 'limits.key.1.usd': '9007199.254740992' }, [
  'limits.key.1.usd',
  'write dollars',
]);
