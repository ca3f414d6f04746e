// Whoever calls with an API key has no device key: such a rule could never be met.

import { bad } from '../base.ts';

export default bad(
  {
    'proof.rules': [{ require: ['work', 'device'] }, { callers: ['key'], require: ['device'] }],
  },
  ['proof.rules[0]', 'name the callers without them'],
  ['proof.rules[1]', 'name the callers without them'],
);
