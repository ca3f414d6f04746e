// Amounts are whole numbers of their unit.

import { bad } from '../base.ts';

export default bad({ 'limits.key.2.requests': 0.5 }, ['limits.key.2.requests', 'int']);
