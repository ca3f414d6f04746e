// A lease is what silence costs; an hour of it would lock a purse.

import { bad } from '../base.ts';

export default bad({ leaseSeconds: 3_600 }, ['leaseSeconds', '<=60']);
