// The test policy with a wall clock that a test can wait for.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

export const CALL_SECONDS_MAX = 3;

export default definePolicy({
  ...base,
  leaseSeconds: 2,
  routes: base.routes.map((route) => ({ ...route, callSecondsMax: CALL_SECONDS_MAX })),
});
