// The rings of tests that run in Node. The ring inside workerd has its own file, because it needs
// the plugin's runtime: `vitest.workerd.config.ts`.

import { defineConfig } from 'vitest/config';
import { inRoot } from './local/paths.ts';

const alias = [
  { find: /^zod$/, replacement: inRoot('worker/lean-zod.ts') },
  { find: 'weighbridge-policy', replacement: inRoot('weighbridge.config.ts') },
  { find: 'weighbridge-demo', replacement: inRoot('worker/routes/no-demo.ts') },
];

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'pure',
          include: [
            'test/{core,contracts,gates,dialects,proof,policy,client,emulator,simulation,local}/**/*.test.ts',
          ],
          testTimeout: 30_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'edge',
          include: ['test/{edge,conformance,torture,browser}/**/*.test.ts', 'test/tidy.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
