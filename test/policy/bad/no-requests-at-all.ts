// A quota of zero is a switch, and a switch is not a quota.

import { bad } from '../base.ts';

export default bad({ 'limits.ip.dayRequests': 0 }, ['limits.ip.dayRequests', '>=1']);
