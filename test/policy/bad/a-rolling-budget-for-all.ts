// A shared budget is spent from slices, and a slice of what leaks away cannot be given back.

import { bad } from '../base.ts';

export default bad({ 'limits.global': [{ window: 'rolling-hour', usd: '1' }] }, [
  'limits.global[0]',
  'spent from slices',
]);
