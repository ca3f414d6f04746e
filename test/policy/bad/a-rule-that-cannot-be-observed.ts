// What is switched off by hand is off.

import { bad } from '../base.ts';

export default bad({ rules: { 'api-key-invalid': 'observe' } }, ['rules', 'a rule is one of']);
