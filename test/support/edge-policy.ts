// The test policy with a provider that has to begin its answer within a second, and one foreign
// origin whose pages may call.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

export const LISTED_ORIGIN = 'https://app.example';
export const FIRST_BYTE_SECONDS_MAX = 1;

export default definePolicy({
  ...base,
  routes: base.routes.map((route) => ({ ...route, firstByteSecondsMax: FIRST_BYTE_SECONDS_MAX })),
  corsOrigins: [LISTED_ORIGIN],
});
