// Compiles the solver's AssemblyScript to WebAssembly, once per state of its sources: the result is
// kept in dist under the hash of what it was made from. It refuses nothing else than the compiler
// does; whether the result is right is what `test/client/solver-engines.test.ts` asks.

import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inRoot } from './paths.ts';

const KINDS = ['simd', 'scalar'] as const;
export type SolverKind = (typeof KINDS)[number];

/** One page of memory and no runtime: constants, a seed and nothing that grows. */
const OPTIONS = [
  '-O3',
  '--noAssert',
  '--runtime=stub',
  '--use=abort=',
  '--initialMemory=1',
  '--maximumMemory=1',
];

/** Where the compiled solvers are, compiling them if their sources have changed. */
export async function buildSolver(
  folder: string = inRoot('dist', 'solver'),
): Promise<Readonly<Record<SolverKind, string>>> {
  const key = await keyOfSources();
  const fileOf = (kind: SolverKind): string => join(folder, `${key}-${kind}.wasm`);
  await mkdir(folder, { recursive: true });
  const present = new Set(await readdir(folder));
  for (const kind of KINDS) {
    if (!present.has(`${key}-${kind}.wasm`)) await compile(kind, fileOf(kind));
  }
  const stale = [...present].filter((name) => name.endsWith('.wasm') && !name.startsWith(key));
  for (const name of stale) await rm(join(folder, name), { force: true });
  return { simd: fileOf('simd'), scalar: fileOf('scalar') };
}

async function compile(kind: SolverKind, outputFile: string): Promise<void> {
  // Others may build at the same time: a file is there whole or not at all.
  const partFile = `${outputFile}.${randomUUID()}`;
  const features = kind === 'simd' ? ['--enable', 'simd'] : ['--disable', 'simd'];
  const sourceFile = join('solver', `${kind}.ts`);
  const args = [compiler('bin/asc.js'), sourceFile, ...OPTIONS, ...features, '-o', partFile];
  await promisify(execFile)(process.execPath, args, { cwd: inRoot() });
  await rename(partFile, outputFile);
}

async function keyOfSources(): Promise<string> {
  const hash = createHash('sha256').update(OPTIONS.join(' '));
  hash.update(await readFile(compiler('package.json')));
  for (const name of (await readdir(inRoot('solver'))).sort()) {
    hash.update(name).update(await readFile(inRoot('solver', name)));
  }
  return hash.digest('hex').slice(0, 16);
}

const compiler = (name: string): string =>
  join(dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json')), name);
