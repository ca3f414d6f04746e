// An entry without a unit would be a limit that is not there.

import { bad } from '../base.ts';

export default bad({ 'limits.ip.0': { window: 'day' } }, ['limits.ip[0]', 'name what is counted']);
