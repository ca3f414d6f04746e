// The policy of the scopes on two shards: what was in force before their number changed.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './scopes-policy.ts';

export const BEFORE = { epoch: 1, count: 2 } as const;

export default definePolicy({
  ...base,
  // So large that what silence costs until a lease ends is less than a hold.
  routes: base.routes.map((route) => ({ ...route, outputTokensMax: 100_000 })),
  leaseSeconds: 4,
  edgeShards: BEFORE,
});
