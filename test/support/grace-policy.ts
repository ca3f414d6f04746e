// The policy of the scopes with a grace wallet on one route, and none on the other.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './scopes-policy.ts';

export default definePolicy({
  ...base,
  leaseSeconds: 4,
  routes: base.routes.map((route) =>
    route.id === 'chat-completions'
      ? {
          ...route,
          whenLedgerUnreachable: { graceUsdPerHour: '1' },
          limits: { route: [{ window: 'day', usd: '1000' }] },
        }
      : route,
  ),
});
