// What is deployed and what runs here are put together by two builders. What breaks if this fails:
// files answer in production before the gateway does, or what was tested is not what is deployed.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildAssets } from '../../local/build.ts';
import { CLIENT_FILES, inRoot } from '../../local/paths.ts';
import { readdir } from 'node:fs/promises';

const toml = readFileSync(inRoot('wrangler.toml'), 'utf8').replace(/^\s*#.*$/gm, '');
const section = (name: string): string =>
  new RegExp(`^\\[${name}\\]\\n([^[]*)`, 'm').exec(toml)?.[1] ?? '';

describe('wrangler.toml', () => {
  it('lets only the Worker answer, with the files that run here', () => {
    const directory = /^directory = "(.*)"$/m.exec(section('assets'))?.[1] ?? '';
    expect(inRoot(directory)).toBe(CLIENT_FILES);
    expect(section('assets')).toMatch(/^run_worker_first = true$/m);
  });

  it('puts what runs here in the place of zod', () => {
    const put = /^"zod" = "\.\/(.*)"$/m.exec(section('alias'))?.[1];
    expect(put).toBe('worker/lean-zod.ts');
    const builds = ['local/build.ts', 'vitest.config.ts', 'vitest.workerd.config.ts'];
    for (const file of builds) {
      expect(readFileSync(inRoot(file), 'utf8')).toContain(`inRoot('${String(put)}')`);
    }
  });
});

describe('what is deployed beside the Worker', () => {
  it('is what browsers load and nothing else', async () => {
    await buildAssets();
    const names = (await readdir(CLIENT_FILES)).sort();
    expect(names).toEqual(['script.js', 'solver-host.js', 'solver.js', 'turnstile.js']);
  });
});
