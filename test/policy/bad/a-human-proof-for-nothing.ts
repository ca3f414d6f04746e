// A human proof that allows to spend nothing would be asked for again at once, for ever.

import { bad } from '../base.ts';

export default bad(
  {
    'proof.human': {
      siteKey: '1x00000000000000000000AA',
      secret: 'TURNSTILE_SECRET',
      hostnames: ['shop.example'],
      every: { usd: '0' },
    },
  },
  ['proof.human.every.usd', 'must be more than nothing'],
);
