// The currency is known; a sign is a typing error.

import { bad } from '../base.ts';

export default bad({ 'limits.key.0.usd': '$0.40' }, [
  'limits.key.0.usd',
  'write dollars as a string',
]);
