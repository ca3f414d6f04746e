// The solver's built files: small, the same whoever builds them, and without surprises for whoever
// bundles the SDK or takes only a part of it along.

import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as code from '../../client/index.ts';
import { type BuiltFile, buildClient } from '../../local/build-client.ts';
import { buildSolver } from '../../local/build-solver.ts';
import { startProofGateway } from './proof-gateway.ts';

/** The SDK's script must not carry what is only loaded in a worker. */
const SCRIPT_SHARE_MAX = 12 * 1024;
const SOLVER_GZIP_BYTES_MAX = 12 * 1024;

let directory = '';
let built: BuiltFile[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weighbridge-solver-'));
  built = await buildClient(directory);
});

afterAll(() => rm(directory, { recursive: true }));

const gzipBytes = (name: string): number =>
  built.find((file) => file.name === name)?.gzipBytes ?? Number.POSITIVE_INFINITY;

test('the solver is a file of its own, and small', async () => {
  expect(gzipBytes('solver.js')).toBeLessThanOrEqual(SOLVER_GZIP_BYTES_MAX);
  expect(gzipBytes('script.js')).toBeLessThanOrEqual(SCRIPT_SHARE_MAX);
  // The beginning of every WebAssembly binary, in base64.
  expect(await readFile(join(directory, 'solver.js'), 'utf8')).toContain('AGFzbQ');
  expect(await readFile(join(directory, 'script.js'), 'utf8')).not.toContain('AGFzbQ');
  expect(await readFile(join(directory, 'index.js'), 'utf8')).not.toContain('AGFzbQ');
});

test('the same sources give the same binaries, and are compiled once', async () => {
  const fresh = await buildSolver(join(directory, 'solver'));
  const kept = await buildSolver();
  for (const kind of ['simd', 'scalar'] as const) {
    expect(await readFile(fresh[kind])).toEqual(await readFile(kept[kind]));
  }
  expect(await buildSolver()).toEqual(kept);
});

describe('the built module', () => {
  async function provesACall(file: string): Promise<void> {
    const gateway = await startProofGateway();
    const module: typeof code = await import(pathToFileURL(file).href);
    const init = { method: 'POST', body: '{}' };
    await module.createFetch({ gateway: gateway.url })(`${gateway.url}/api/chat`, init);
    expect(gateway.calls).toMatchObject([{ proof: 'ok' }]);
    await gateway.close();
  }

  test('proves a call when only it was taken along, without the solver', async () => {
    const alone = await mkdtemp(join(directory, 'alone-'));
    await copyFile(join(directory, 'index.js'), join(alone, 'index.mjs'));
    await provesACall(join(alone, 'index.mjs'));
  });

  test('is bundled for browsers without a module it cannot find', async () => {
    const outfile = join(directory, 'bundled', 'bundled.mjs');
    await build({
      entryPoints: [join(directory, 'index.js')],
      outfile,
      bundle: true,
      platform: 'browser',
      format: 'esm',
      logLevel: 'silent',
    });
    await provesACall(outfile);
  });

  test('lets a program end that has nothing else to do', async () => {
    const gateway = await startProofGateway();
    const file = JSON.stringify(pathToFileURL(join(directory, 'index.js')).href);
    const program = `
      const { createFetch } = await import(${file});
      const url = ${JSON.stringify(gateway.url)};
      await createFetch({ gateway: url })(url + '/api/chat', { method: 'POST', body: '{}' });
      process.stdout.write('proven');
    `;
    const args = ['--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
    expect(stdout).toBe('proven');
    await gateway.close();
  });
});
