// The ring of tests that runs inside workerd, beside the objects it tests: real SQLite, real turns,
// eviction and alarms on demand. `WEIGHBRIDGE_HISTORY_CALLS` sets how long the history test's past
// is, `WEIGHBRIDGE_FLOOD_REQUESTS` how many requests a flood of junk has.

import { readFileSync } from 'node:fs';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { configDefaults, defineConfig, type Plugin } from 'vitest/config';
import { inRoot } from './local/paths.ts';
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS } from './local/workerd.ts';
import { readVectors } from './test/support/proof-vectors.ts';
import { VECTOR_FILES } from './test/support/vector-files.ts';

const HISTORY_CALLS_SMALL = '20000';
const FLOOD_REQUESTS_SMALL = '10000';

/** The Worker takes its pages and scripts in as text; whoever runs this ring has built them. */
const textModules: Plugin = {
  name: 'text-modules',
  enforce: 'pre',
  load: (id) =>
    /\.(?:txt|html)$/.test(id)
      ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`
      : undefined,
};

const vectors = readVectors();
const OF_OTHERS = 'test/workerd/vectors-of-others.test.ts';
if (vectors === null) {
  process.stderr.write(`Not run, no vectors of others here: ${VECTOR_FILES.join(', ')}.\n`);
}

export default defineConfig({
  resolve: {
    alias: [
      { find: /^zod$/, replacement: inRoot('worker/lean-zod.ts') },
      { find: 'weighbridge-policy', replacement: inRoot('test/support/policy.ts') },
      { find: 'weighbridge-demo', replacement: inRoot('worker/routes/no-demo.ts') },
    ],
  },
  plugins: [
    textModules,
    cloudflareTest({
      main: inRoot('test/workerd/entry.ts'),
      miniflare: {
        compatibilityDate: COMPATIBILITY_DATE,
        compatibilityFlags: COMPATIBILITY_FLAGS,
        durableObjects: {
          PRINCIPAL_LEDGER: { className: 'PrincipalLedger', useSQLite: true },
          EDGE_SHARD: { className: 'EdgeShard', useSQLite: true },
          CONTROL: { className: 'Control', useSQLite: true },
          CONVERSATION_SHELF: { className: 'ConversationShelf', useSQLite: true },
        },
        bindings: {
          PROOF_VECTORS: JSON.stringify(vectors),
          HISTORY_CALLS: process.env['WEIGHBRIDGE_HISTORY_CALLS'] ?? HISTORY_CALLS_SMALL,
          FLOOD_REQUESTS: process.env['WEIGHBRIDGE_FLOOD_REQUESTS'] ?? FLOOD_REQUESTS_SMALL,
        },
      },
    }),
  ],
  test: {
    name: 'workerd',
    include: ['test/workerd/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(vectors === null ? [OF_OTHERS] : [])],
    testTimeout: 600_000,
  },
});
