// The currency is known; a sign is a typing error.

import { bad } from '../base.ts';

export default bad({ 'limits.key.dayUsd': '$0.40' }, [
  'limits.key.dayUsd',
  'write dollars as a string',
]);
