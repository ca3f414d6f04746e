// A negative cap would refuse everybody, or nobody.

import { bad } from '../base.ts';

export default bad({ 'limits.ip.dayUsd': '-1' }, ['limits.ip.dayUsd', 'write dollars as a string']);
