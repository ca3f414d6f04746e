// A key that means nothing here was meant to mean something.

import { bad } from '../base.ts';

export default bad({ budget: '1' }, ['policy', 'budget']);
