// A decimal comma would be read as anything but a decimal comma.

import { bad } from '../base.ts';

export default bad({ 'limits.key.dayUsd': '0,40' }, [
  'limits.key.dayUsd',
  'write dollars as a string',
]);
