// One process that runs the tests again and again, each time with one file changed. The test runner
// stays, so a run costs little more than its tests; its caches on disk are off, because a cached
// module is the original and every mutant would survive.

import { createVitest, type TestModule, type Vitest } from 'vitest/node';
import { inRoot } from '../local/paths.ts';

export type WorkerSetup = {
  /** Every file that may be changed, so that all runs see one state of the project. */
  readonly sources: readonly (readonly [file: string, source: string])[];
  /** Test files as globs. */
  readonly tests: readonly string[];
  readonly seed: number;
};

/** Which file is another one for this run; null for none. */
export type WorkerQuestion = {
  readonly change: { readonly file: string; readonly source: string } | null;
};

/** The first test that failed, or null if all passed. */
export type WorkerAnswer = { readonly failed: string | null; readonly ms: number };

const TEST_MS_MAX = 30_000;

async function startRunner(setup: WorkerSetup, served: ReadonlyMap<string, string>) {
  return createVitest(
    {
      root: inRoot(),
      config: false,
      watch: false,
      include: [...setup.tests],
      setupFiles: [inRoot('torture/mutation-seed.ts')],
      env: { WEIGHBRIDGE_MUTATION_SEED: String(setup.seed) },
      reporters: [{}],
      pool: 'threads',
      isolate: false,
      fileParallelism: false,
      bail: 1,
      testTimeout: TEST_MS_MAX,
      cache: false,
      fsModuleCache: false,
    },
    {
      resolve: {
        alias: {
          'weighbridge-policy': inRoot('weighbridge.config.ts'),
          'weighbridge-demo': inRoot('worker/routes/no-demo.ts'),
        },
      },
      server: { watch: null },
      plugins: [{ name: 'mutant', enforce: 'pre', load: (id) => served.get(id) ?? null }],
    },
  );
}

function failureOf(module: TestModule): string | null {
  const file = module.relativeModuleId;
  for (const test of module.children.allTests('failed')) {
    return `${file}: ${test.fullName}: ${test.result().errors?.[0]?.message ?? ''}`;
  }
  const [error] = module.errors();
  if (error !== undefined) return `${file}: ${error.message}`;
  const state = module.state();
  return state === 'passed' || state === 'skipped' ? null : `${file}: ${state}`;
}

async function runTests(vitest: Vitest): Promise<string | null> {
  const specifications = await vitest.globTestSpecifications();
  if (specifications.length === 0) throw new Error('no test file is selected');
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  for (const module of testModules) {
    const failure = failureOf(module);
    if (failure !== null) return failure;
  }
  return unhandledErrors.length === 0 ? null : `outside of any test: ${String(unhandledErrors[0])}`;
}

async function answer(
  vitest: Vitest,
  served: Map<string, string>,
  { change }: WorkerQuestion,
): Promise<WorkerAnswer> {
  const startedAtMs = performance.now();
  const path = change === null ? '' : inRoot(change.file);
  const original = served.get(path);
  if (change !== null) {
    if (original === undefined) throw new Error(`no file that may be changed: ${change.file}`);
    served.set(path, change.source);
    vitest.invalidateFile(path);
  }
  const failed = await runTests(vitest);
  if (original !== undefined) {
    served.set(path, original);
    vitest.invalidateFile(path);
  }
  return { failed, ms: performance.now() - startedAtMs };
}

async function serve(setup: WorkerSetup): Promise<void> {
  const served = new Map(setup.sources.map(([file, source]) => [inRoot(file), source]));
  const vitest = await startRunner(setup, served);
  await vitest.standalone();
  // Once to warm up, so that what is measured next is a run like any other.
  await runTests(vitest);
  const reply = async (question: WorkerQuestion): Promise<void> => {
    process.send?.(await answer(vitest, served, question));
  };
  process.on('message', (question: WorkerQuestion) => {
    void reply(question);
  });
  await reply({ change: null });
}

process.once('message', (setup: WorkerSetup) => {
  void serve(setup);
});
// Told to nobody but the log: the process ends, and whoever asked sees that.
process.on('unhandledRejection', (cause) => {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exit(1);
});
process.on('disconnect', () => process.exit());
