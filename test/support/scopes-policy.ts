// The test policy with a budget of every scope: generous ones, which a test lowers where it needs
// to, and two routes that lead to the same provider.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

export const SECOND_PATH = '/v1/second';
/** Calls of one key on the first route alone. */
export const KEY_REQUESTS_ON_ROUTE = 40;

const generous = [
  { window: 'day', usd: '1000' },
  { window: 'day', requests: 1_000_000 },
] as const;

const [first, ...others] = base.routes;
if (first === undefined) throw new Error('the shipped policy has no route');

export default definePolicy({
  ...base,
  routes: [
    {
      ...first,
      limits: {
        key: [{ window: 'day', requests: KEY_REQUESTS_ON_ROUTE }],
        route: [...generous],
      },
    },
    { ...first, id: 'second', path: SECOND_PATH, limits: { route: [...generous] } },
    ...others,
  ],
  // A crowd of a thousand keeps two cores busy for longer than the shipped lease.
  leaseSeconds: 30,
  limits: {
    ...base.limits,
    cohort: [...generous],
    tenant: [...generous],
    model: { 'gpt-4o-mini': [...generous], 'gpt-4.1-nano': [...generous] },
    global: [...generous],
  },
});
