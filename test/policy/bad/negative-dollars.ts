// A negative cap would refuse everybody, or nobody.

import { bad } from '../base.ts';

export default bad({ 'limits.ip.0.usd': '-1' }, ['limits.ip.0.usd', 'write dollars as a string']);
