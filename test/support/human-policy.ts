// The test policy with a human proof: on the app's own route one token opens a purse of so much,
// for whoever calls, keys included. On the route straight to the provider nobody is asked.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

export const HOSTNAME = 'shop.example';
export const EVERY_NANO_USD = 4_000_000;
/** Keyed calls that cost more are not served on credit. */
export const GRACE_CALL_NANO_USD = 1_000_000;

export default definePolicy({
  ...base,
  routes: base.routes.map((route) =>
    route.id === 'app-chat'
      ? { ...route, whenLedgerUnreachable: { graceUsdPerHour: '1', callUsdMax: '0.001' } }
      : route,
  ),
  proof: {
    ...base.proof,
    human: {
      siteKey: '0x4AAAAAAAEmulatedSiteKey',
      secret: 'TURNSTILE_SECRET',
      hostnames: [HOSTNAME],
      every: { usd: '0.004' },
    },
    rules: [{ routes: ['app-chat'], require: ['work', 'human'] }],
  },
});
