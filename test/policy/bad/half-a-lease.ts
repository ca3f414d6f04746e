// Leases are whole seconds.

import { bad } from '../base.ts';

export default bad({ leaseSeconds: 2.5 }, ['leaseSeconds', 'int']);
