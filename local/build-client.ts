// Builds the client: `index.js` (ES module), `script.js` (one script tag, and the worker it starts)
// and `index.d.ts`. It refuses a script larger than GZIP_BYTES_MAX, because every page pays for it.

import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { inRoot } from './paths.ts';

export const GZIP_BYTES_MAX = 12 * 1024;

export type BuiltFile = { readonly name: string; readonly gzipBytes: number };

/** Writes the files into `outputDirectory` and says how large they are on the wire. */
export async function buildClient(outputDirectory: string): Promise<BuiltFile[]> {
  await mkdir(outputDirectory, { recursive: true });
  const shared = { bundle: true, target: 'es2022', minify: true, logLevel: 'warning' } as const;
  const outputs = [
    { name: 'index.js', entry: 'index.ts', format: 'esm' },
    { name: 'script.js', entry: 'script.ts', format: 'iife' },
  ] as const;
  const built: BuiltFile[] = [];
  for (const { name, entry, format } of outputs) {
    const outfile = join(outputDirectory, name);
    await build({ ...shared, format, entryPoints: [sourcePath(entry)], outfile });
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
