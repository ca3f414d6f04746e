// A percentage is a whole number.

import { bad } from '../base.ts';

export default bad({ mode: { enforcePercent: 12.5 } }, ['mode', 'write "enforce", "observe"']);
