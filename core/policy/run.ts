// What one call of an origin's route may set in motion, in the ledger's words: the ceilings of its
// run, and the routes that its steps take. A step is a call like any other, to a provider, with its
// own dialect and the run's models; what it may spend is what is left of the run.

import type { Dialect } from '../dialects/dialect.ts';
import { DIALECTS } from '../dialects/index.ts';
import { type ModelPrice, PROVIDER_KINDS, type ProviderKind } from '../pricing/rates.ts';
import { present } from '../result.ts';
import { nanoUsdOf } from './limits.ts';
import type { Provider, Route, Run } from './policy.ts';
import type { RunSource } from './route-schema.ts';
import type { RouteSource } from './schema.ts';

export const STEP_PATH = '/_weighbridge/provider';

const REPORT_SECONDS = 5;

export function runOf({ run: source }: RouteSource): Run | null {
  if (source === undefined) return null;
  const { usd, usdMin = usd, reportSecondsMax = REPORT_SECONDS, ...rest } = source;
  return { ...rest, reportSecondsMax, nanoUsd: nanoUsdOf(usd), nanoUsdMin: nanoUsdOf(usdMin) };
}

/** Of a run as a whole: its steps are what is priced. */
export const runPrice = (routeId: string): ModelPrice => ({
  model: routeId,
  provider: 'openai',
  rates: {},
  longContext: [],
  tiers: {},
  hiddenOutput: true,
  billsAbandonedInFull: false,
});

/** Where a provider serves a dialect. */
export const providerPath = (
  { basePath = '' }: Provider,
  { upstreamPath }: Pick<Dialect, 'upstreamPath'>,
): string => `${basePath}${upstreamPath}`;

/** Google's own SDK asks at the second of these since its third version. */
const ALSO_AT: Readonly<Record<string, readonly string[]>> = { gemini: ['/v1/models'] };

const pathsOf = ({ id, upstreamPath }: Dialect): readonly string[] => [
  upstreamPath,
  ...(ALSO_AT[id] ?? []),
];

/** Where a step of this dialect goes at this provider. */
export const stepPath = (provider: string, path: string): string =>
  `${STEP_PATH}/${provider}${path}`;

/** Whose prices count for what an origin reports: its steps' providers, then all there are. */
export const reportKinds = (
  run: Pick<RunSource, 'providers'> | undefined,
  providers: readonly Provider[],
): readonly ProviderKind[] => [
  ...(run?.providers ?? []).flatMap((name) =>
    providers.filter(({ id }) => id === name).map(({ kind }) => kind),
  ),
  ...PROVIDER_KINDS,
];

/** What an origin may report its use of, by name. */
export const reportModels = (
  models: readonly string[],
  kinds: readonly ProviderKind[],
  priceAt: (kind: ProviderKind, model: string) => ModelPrice | null,
): Route['models'] =>
  new Map(
    models.flatMap((model) => {
      const price = kinds.map((kind) => priceAt(kind, model)).find((one) => one !== null);
      return price === undefined || price === null ? [] : [[model, price] as const];
    }),
  );

/** Of a step: who may ask for what is said of the route that its run began on. */
const NO_TERMS = {
  byPlan: new Map(),
  offeredTo: null,
  requires: null,
  modelRequires: new Map(),
  defaultModel: null,
  downgrade: null,
  shape: {},
  loop: null,
  app: null,
} as const satisfies Partial<Route>;

type Parent = Omit<Route, 'steps'>;

/** One route for every provider and dialect that a step may use, by its path. */
/** Calls are counted and priced as on the route; which there are is the app's own affair. */
const ofTheApp = (tools: Route['tools']): Route['tools'] =>
  tools === null ? null : { ...tools, callers: 'allow', names: null, inputs: 'ignore' };

export function stepsOf(
  parent: Parent,
  providers: readonly Provider[],
  modelsOf: (provider: Provider) => Route['models'],
  unknownOf: (provider: Provider) => Route['unknownModels'],
): ReadonlyMap<string, Route> {
  const { run } = parent;
  if (run === null) return new Map();
  const steps = new Map<string, Route>();
  for (const name of run.providers) {
    const provider = present(
      providers.find(({ id }) => id === name),
      'provider',
    );
    for (const dialect of DIALECTS) {
      if (dialect.family === 'ui' || dialect.family === 'plain') continue;
      for (const upstreamPath of pathsOf(dialect)) {
        const path = stepPath(provider.id, upstreamPath);
        steps.set(path, {
          ...parent,
          path,
          dialect,
          provider,
          origin: null,
          upstreamPath: providerPath(provider, { upstreamPath }),
          models: modelsOf(provider),
          unknownModels: unknownOf(provider),
          bodyBytesMax: run.inputBytesMax,
          promptCharsMax: run.inputBytesMax,
          outputTokensMax: run.outputTokensMax,
          // The app itself speaks here: its own system messages, tools, fields and models. What
          // its callers may ask for was judged where the run began.
          ...NO_TERMS,
          system: null,
          tools: ofTheApp(parent.tools),
          conversation: null,
          whenLedgerUnreachable: 'refuse',
          run: null,
          plain: null,
          answerBytesMax: null,
          steps: new Map(),
          isStep: true,
        });
      }
    }
  }
  return steps;
}
