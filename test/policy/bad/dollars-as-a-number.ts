// 0.1 + 0.2 is not 0.3: no float ever stands for money.

import { bad } from '../base.ts';

export default bad({ 'limits.key.0.usd': 0.4 }, ['limits.key.0.usd', 'string']);
