// A token says that there is a human, not what is asked: caught on its way it fits another body.

import { bad } from '../base.ts';

export default bad(
  {
    'proof.human': {
      siteKey: '0x4AAA',
      secret: 'TURNSTILE_SECRET',
      hostnames: ['shop.example'],
      every: 'call',
    },
    'proof.rules': [{ require: ['human'] }, { callers: ['user'], require: ['work', 'human'] }],
  },
  ['proof.rules[0]', 'nothing in it is made for these bytes'],
);
