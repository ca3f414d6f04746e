// Builds what runs locally: the client SDK, and the Worker with its policy as one module. Deploying
// builds the same sources with wrangler; `npm run check` measures that bundle.

import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { aliases } from './aliases.ts';
import { buildClient } from './build-client.ts';
import { CLIENT_FILES, inRoot } from './paths.ts';

/** What the Worker serves, and the demo's files, which it takes in as text. */
export async function buildAssets(): Promise<void> {
  await buildClient(inRoot('dist', 'client'));
  await mkdir(CLIENT_FILES, { recursive: true });
  for (const name of ['script', 'solver', 'solver-host', 'turnstile']) {
    await copyWhole(inRoot(`dist/client/${name}.js`), join(CLIENT_FILES, `${name}.js`));
  }
  await mkdir(inRoot('dist', 'demo'), { recursive: true });
  await copyWhole(inRoot('demo/demo.css'), inRoot('dist/demo/demo.css.txt'));
  await copyWhole(inRoot('demo/demo.js'), inRoot('dist/demo/demo.js.txt'));
}

/** Nobody reads half a file. */
async function copyWhole(from: string, to: string): Promise<void> {
  const copying = `${to}.${randomUUID()}`;
  await copyFile(from, copying);
  await rename(copying, to);
}

export type WorkerBuild = {
  readonly outputFile: string;
  /** Another policy than `weighbridge.config.ts`. */
  readonly policyFile?: string;
  /** Another entry than the gateway's own, for experiments beside it. */
  readonly entryFile?: string;
  /** The demo page, which is no part of a deployment. */
  readonly withDemo?: boolean;
};

/** One ES module for workerd. */
export async function buildWorker({
  outputFile,
  policyFile,
  entryFile,
  withDemo = true,
}: WorkerBuild): Promise<void> {
  await mkdir(dirname(outputFile), { recursive: true });
  await build({
    entryPoints: [resolve(entryFile ?? inRoot('worker/index.ts'))],
    outfile: outputFile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser', 'import'],
    mainFields: ['module', 'main'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.txt': 'text', '.html': 'text' },
    plugins: [
      aliases({
        zod: inRoot('worker/lean-zod.ts'),
        'weighbridge-policy': resolve(policyFile ?? inRoot('weighbridge.config.ts')),
        'weighbridge-demo': inRoot(`worker/routes/${withDemo ? 'demo' : 'no-demo'}.ts`),
      }),
    ],
    logLevel: 'warning',
  });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildAssets();
  await buildWorker({ outputFile: inRoot('dist/worker/index.js') });
  process.stdout.write('built dist/client and dist/worker\n');
}
