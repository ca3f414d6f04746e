// Without a list an API key would have no budget at all.

import { bad, REMOVED } from '../base.ts';

export default bad({ 'limits.key': REMOVED }, ['limits.key', 'write a list of limits']);
