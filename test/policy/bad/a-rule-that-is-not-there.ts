// It would never be tried out.

import { bad } from '../base.ts';

export default bad({ rules: { 'over-bugdet': 'observe' } }, ['rules', 'a rule is one of']);
