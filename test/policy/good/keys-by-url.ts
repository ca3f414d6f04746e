// Where a provider publishes its keys, and for how long they are good.

import { policyWith } from '../base.ts';
import { withJwt } from '../identities.ts';

export default policyWith(
  withJwt({
    jwks: {
      url: 'https://id.example/.well-known/jwks.json?tenant=a',
      cacheSeconds: 300,
      staleSecondsMax: 300,
    },
  }),
);
