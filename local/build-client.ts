// Builds the client: `index.js` (ES module), `script.js` (one script tag), the solver as the script
// of a worker and as a module, what a page loads only when it needs it, and `index.d.ts`. It
// refuses a file larger than GZIP_BYTES_MAX: every page pays for the script, and every visitor who
// solves for the solver.

import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { buildSolver } from './build-solver.ts';
import { inRoot } from './paths.ts';

export const GZIP_BYTES_MAX = 12 * 1024;

export type BuiltFile = { readonly name: string; readonly gzipBytes: number };

/** Modules that are loaded beside the SDK's own, and only where they are needed. */
const filesApart: Plugin = {
  name: 'files-apart',
  setup(builder) {
    builder.onResolve({ filter: /^\.\/(solver-module|turnstile)\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: path.replace('.ts', '.js'), external: true } : null,
    );
  },
};

/**
 * Writes the files into `outputDirectory` and says how large they are on the wire. Each appears
 * whole: whoever reads while others build reads the old one or the new one.
 */
export async function buildClient(outputDirectory: string): Promise<BuiltFile[]> {
  await mkdir(outputDirectory, { recursive: true });
  const building = await mkdtemp(join(outputDirectory, '.building-'));
  try {
    const built = await buildInto(building);
    for (const name of await readdir(building)) {
      await rename(join(building, name), join(outputDirectory, name));
    }
    return built;
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function buildInto(outputDirectory: string): Promise<BuiltFile[]> {
  const solver = await buildSolver();
  const shared = {
    bundle: true,
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
    loader: { '.wasm': 'binary' },
    alias: { 'weighbridge-solver/simd': solver.simd, 'weighbridge-solver/scalar': solver.scalar },
  } as const;
  const outputs = [
    { name: 'index.js', entry: 'index.ts', format: 'esm' },
    { name: 'script.js', entry: 'script.ts', format: 'iife' },
    { name: 'solver.js', entry: 'solver-worker.ts', format: 'iife' },
    { name: 'solver-module.js', entry: 'solver-module.ts', format: 'esm' },
    { name: 'solver-host.js', entry: 'solver.ts', format: 'esm' },
    { name: 'turnstile.js', entry: 'turnstile.ts', format: 'esm' },
  ] as const;
  const built: BuiltFile[] = [];
  for (const { name, entry, format } of outputs) {
    const outfile = join(outputDirectory, name);
    await build({
      ...shared,
      plugins: [filesApart],
      format,
      entryPoints: [sourcePath(entry)],
      outfile,
    });
    const gzipBytes = gzipSync(await readFile(outfile), { level: 9 }).length;
    if (gzipBytes > GZIP_BYTES_MAX) {
      throw new Error(`${name} is ${gzipBytes} bytes gzipped; the limit is ${GZIP_BYTES_MAX}`);
    }
    built.push({ name, gzipBytes });
  }
  await copyFile(sourcePath('public.d.ts'), join(outputDirectory, 'index.d.ts'));
  return built;
}

const sourcePath = (name: string): string => inRoot('client', name);
