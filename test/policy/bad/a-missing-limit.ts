// Without a monthly cap a principal would have none.

import { bad, REMOVED } from '../base.ts';

export default bad({ 'limits.device.monthUsd': REMOVED }, ['limits.device.monthUsd', 'string']);
