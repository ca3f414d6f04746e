// A unit with a letter too many would be a limit that is not there.

import { bad } from '../base.ts';

export default bad({ 'limits.ip.0': { window: 'day', usdd: '1' } }, ['limits.ip.0', 'usdd']);
