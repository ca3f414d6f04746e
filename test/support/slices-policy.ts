// The policy of the scopes with the shipped lease and no number of requests of a key on one route:
// for runs that kill the gateway and go on.

import { definePolicy } from '../../core/policy/policy.ts';
import shipped from '../../weighbridge.config.ts';
import base from './scopes-policy.ts';

export default definePolicy({
  ...base,
  routes: base.routes.map(({ limits: { route } = {}, ...rest }) =>
    route === undefined ? rest : { ...rest, limits: { route } },
  ),
  leaseSeconds: shipped.leaseSeconds,
});
