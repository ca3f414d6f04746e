// Nothing opens a run yet: such a limit would never be met, or never end.

import { bad } from '../base.ts';

export default bad({ 'limits.key.0.window': 'run' }, ['limits.key[0]', 'runs are not recognised']);
