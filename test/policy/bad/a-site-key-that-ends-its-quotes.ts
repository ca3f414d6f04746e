// A site key stands between quotes in WWW-Authenticate; a quote of its own would say more there.

import { bad } from '../base.ts';

export default bad(
  {
    'proof.human': {
      siteKey: '0x4AAA", human-action="other',
      secret: 'TURNSTILE_SECRET',
      hostnames: ['shop.example'],
      every: 'call',
    },
  },
  ['proof.human.siteKey', 'a site key has letters, digits'],
);
