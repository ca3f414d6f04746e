// A quota of zero is a switch, and a switch is not a quota.

import { bad } from '../base.ts';

export default bad({ 'limits.ip.2.requests': 0 }, ['limits.ip.2.requests', '>=1']);
