// The built files: small, free of eval, importable, and described by the declarations beside them.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest';
import { type BuiltFile, buildClient, GZIP_BYTES_MAX } from '../../local/build-client.ts';
import type * as code from '../../client/index.ts';
import type * as declared from '../../client/public.d.ts';
import { startProofGateway } from './proof-gateway.ts';

let directory = '';
let built: BuiltFile[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weighbridge-client-'));
  built = await buildClient(directory);
});

afterAll(() => rm(directory, { recursive: true }));

test('every file fits its limit on the wire', () => {
  expect(built.map((file) => file.name)).toEqual([
    'index.js',
    'script.js',
    'solver.js',
    'solver-module.js',
    'solver-host.js',
    'turnstile.js',
  ]);
  for (const { gzipBytes } of built) expect(gzipBytes).toBeLessThanOrEqual(GZIP_BYTES_MAX);
});

test('a page with a strict policy can run it: no eval, no blob, no inline worker', async () => {
  for (const { name } of built) {
    const text = await readFile(join(directory, name), 'utf8');
    expect(text).not.toMatch(/\beval\(|new Function|createObjectURL|['"`]data:/);
  }
});

test('the built module proves a call in Node, and one that was prepared', async () => {
  const gateway = await startProofGateway();
  const module: typeof code = await import(pathToFileURL(join(directory, 'index.js')).href);
  const init = { method: 'POST', body: '{}' };
  const call = module.createFetch({ gateway: gateway.url });
  await call(`${gateway.url}/api/chat`, init);
  await call.prepare('/api/chat');
  await call(`${gateway.url}/api/chat`, init);
  expect(gateway.calls).toMatchObject([
    { proof: 'ok', ahead: false },
    { proof: 'ok', ahead: true },
  ]);
  await gateway.close();
});

test('the declarations say what the code does', async () => {
  expectTypeOf<typeof declared>().toEqualTypeOf<typeof code>();
  expectTypeOf<declared.FetchOptions>().toEqualTypeOf<code.FetchOptions>();
  expect(await readFile(join(directory, 'index.d.ts'), 'utf8')).toContain('createFetch');
});
