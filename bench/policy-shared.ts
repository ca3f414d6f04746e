// The benchmark's policy with every shared budget a call with a key can meet: its route's, its
// model's and the global one.

import { definePolicy } from '../core/policy/policy.ts';
import base, { SHARED } from './policy.ts';

export default definePolicy({
  ...base,
  routes: base.routes.map((route) => ({ ...route, limits: { route: SHARED } })),
  limits: {
    ...base.limits,
    model: Object.fromEntries(base.routes.flatMap(({ models }) => models).map((m) => [m, SHARED])),
  },
});
