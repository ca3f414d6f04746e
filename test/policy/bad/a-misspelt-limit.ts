// A limit with a letter too many would be a limit that is not there.

import { bad } from '../base.ts';

export default bad({ 'limits.ip.dayUsdd': '1' }, ['limits.ip', 'dayUsdd']);
