// The policy of the test's own servers with users by sessions: a third server knows whose they are.
// Answers are believed for a second, so that a test need not wait for longer.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './origin-policy.ts';

export const SESSION_CACHE_SECONDS = 1;
export const SESSION_ASKS = { atOnce: 25, perSecond: 1 };
export const LISTED = 'https://app.example';

export default definePolicy({
  ...base,
  origins: [
    ...(base.origins ?? []),
    {
      id: 'accounts',
      baseUrl: 'https://accounts.app.example',
      baseUrlVariable: 'ACCOUNTS_BASE_URL',
      grantSecret: 'ACCOUNTS_GRANT_SECRET',
    },
  ],
  corsOrigins: [LISTED],
  limits: {
    ...base.limits,
    user: [
      { window: 'day', usd: '0.40' },
      { window: 'day', requests: 1_000 },
      { window: 'day', agentSteps: 1_000 },
    ],
  },
  identities: {
    session: {
      cookie: '__Host-sid',
      origin: 'accounts',
      path: '/auth/session',
      cacheSeconds: SESSION_CACHE_SECONDS,
      asks: SESSION_ASKS,
    },
  },
});
