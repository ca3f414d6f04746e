// A decimal comma would be read as anything but a decimal comma.

import { bad } from '../base.ts';

export default bad({ 'limits.key.0.usd': '0,40' }, [
  'limits.key.0.usd',
  'write dollars as a string',
]);
