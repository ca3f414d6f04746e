// There is no budget by the year.

import { bad } from '../base.ts';

export default bad({ 'limits.key.0.window': 'year' }, ['limits.key.0.window', 'lifetime']);
