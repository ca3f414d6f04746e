// Browsers cannot sign requests with a key the policy knows.

import { bad } from '../base.ts';

export default bad({ 'proof.rules': [{ require: ['signature'] }] }, [
  'proof.rules[0]',
  'only agents can sign',
]);
