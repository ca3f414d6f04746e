// The test policy with foreign pages, and users who are known by a session cookie of the app.

import { definePolicy } from '../../core/policy/policy.ts';
import edge from './edge-policy.ts';

export default definePolicy({
  ...edge,
  origins: [
    {
      id: 'app',
      baseUrl: 'https://app.example',
      baseUrlVariable: 'APP_BASE_URL',
      grantSecret: 'APP_GRANT_SECRET',
    },
  ],
  limits: { ...edge.limits, user: [{ window: 'day', usd: '1' }] },
  identities: { session: { cookie: 'sid', origin: 'app', path: '/session' } },
});
