// The ring of tests that runs inside workerd, beside the objects it tests: real SQLite, real turns,
// eviction and alarms on demand. `WEIGHBRIDGE_HISTORY_CALLS` sets how long the history test's past
// is.

import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { inRoot } from './local/paths.ts';
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS } from './local/workerd.ts';

const HISTORY_CALLS_SMALL = '20000';

export default defineConfig({
  plugins: [
    cloudflareTest({
      main: inRoot('test/workerd/entry.ts'),
      miniflare: {
        compatibilityDate: COMPATIBILITY_DATE,
        compatibilityFlags: COMPATIBILITY_FLAGS,
        durableObjects: {
          PRINCIPAL_LEDGER: { className: 'PrincipalLedger', useSQLite: true },
          EDGE_SHARD: { className: 'EdgeShard', useSQLite: true },
        },
        bindings: {
          HISTORY_CALLS: process.env['WEIGHBRIDGE_HISTORY_CALLS'] ?? HISTORY_CALLS_SMALL,
        },
      },
    }),
  ],
  test: {
    name: 'workerd',
    include: ['test/workerd/**/*.test.ts'],
    testTimeout: 600_000,
  },
});
