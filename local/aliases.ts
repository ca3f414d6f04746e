// What stands for something else where the Worker is built: the `[alias]` of wrangler.toml, for the
// builds of this folder. Whole names only, as wrangler has it: `zod/mini` is not `zod`.

import type { Plugin } from 'esbuild';

export const aliases = (files: Readonly<Record<string, string>>): Plugin => ({
  name: 'aliases',
  setup(builder) {
    builder.onResolve({ filter: /^[a-z-]+$/ }, ({ path }) => {
      const file = Object.hasOwn(files, path) ? files[path] : undefined;
      return file === undefined ? null : { path: file };
    });
  },
});
