// A route of the operator's file as the gateway uses it: names become what they name, and every
// model has its price.

import { dialectById } from '../dialects/index.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { dearestOf, priceOf } from '../pricing/catalog.ts';
import { overriddenPrice } from '../pricing/override.ts';
import type { ModelPrice, ProviderKind } from '../pricing/rates.ts';
import { present } from '../result.ts';
import { chargedScopes, nanoUsdOf } from './limits.ts';
import { plansWithTerms } from './plans.ts';
import type { ConversationRule, Policy, Provider, Route } from './policy.ts';
import { providerPath, reportKinds, reportModels, runOf, stepsOf } from './run.ts';
import type { PolicySource, RouteSource } from './schema.ts';
import { termsOf } from './terms.ts';

const HOUR_MS = 3_600_000;

/** An answer may be asked for once more, and a conversation may rest for a night. */
const conversationRule = ({
  branchesMax = 2,
  hoursMax = 24,
}: NonNullable<RouteSource['conversation']>): ConversationRule => ({
  branchesMax,
  keptMs: hoursMax * HOUR_MS,
});

/** What is dearer can wait until somebody can check it. */
const GRACE_CALL_USD_MAX = '0.01';

/** Made once of each part of a policy: a thousand routes ask for the same. */
const once = <Source extends object, Made>(make: (source: Source) => Made) => {
  const known = new WeakMap<Source, Made>();
  return (source: Source): Made => {
    let made = known.get(source);
    if (made === undefined) known.set(source, (made = make(source)));
    return made;
  };
};

const resolveProviders = once((providers: PolicySource['providers']): readonly Provider[] =>
  providers.map((provider) => ({ ...provider, kind: provider.kind ?? 'openai' })),
);

export const providersOf = ({ providers }: PolicySource): readonly Provider[] =>
  resolveProviders(providers);

const ownName = (kind: ProviderKind, model: string): string => `${kind} ${model}`;

/** Of two rows for one model the first counts. */
const ownPrices = once(
  (rows: NonNullable<PolicySource['prices']>): ReadonlyMap<string, ModelPrice> =>
    new Map(rows.toReversed().map((row) => [ownName(row.kind, row.model), overriddenPrice(row)])),
);

/** The operator's own row, else the catalogue's, else none. */
export const modelPrice = (
  { prices }: Pick<PolicySource, 'prices'>,
  kind: ProviderKind,
  model: string,
): ModelPrice | null =>
  (prices && ownPrices(prices).get(ownName(kind, model))) ?? priceOf(kind, model);

/** Pico-dollars a byte: a millionth of what a million of them cost. */
const perByte = (usdPerMegabyte: string): number => Math.ceil(nanoUsdOf(usdPerMegabyte) / 1_000);

function plainPriceOf({ id, plain }: RouteSource): ModelPrice | null {
  if (plain === undefined) return null;
  return {
    model: id,
    provider: 'openai',
    rates: {
      request: nanoUsdOf(plain.usdPerRequest) * 1_000,
      byteIn: perByte(plain.usdPerMegabyteIn),
      byteOut: perByte(plain.usdPerMegabyteOut),
    },
    longContext: [],
    tiers: {},
    hiddenOutput: false,
    billsAbandonedInFull: false,
  };
}

/** Where it goes when the route does not say: the provider's place, or the same path. */
const upstreamPathOf = (route: RouteSource, dialect: Dialect, provider: Provider | null): string =>
  route.upstreamPath ?? (provider === null ? route.path : providerPath(provider, dialect));

type Named = Pick<Policy, 'tools'>;

/** The route on its own terms, with those of every plan that has others beside it. */
export function resolveRoute(source: PolicySource, route: RouteSource, named: Named): Route {
  const { plans, ...own } = route;
  const byPlan = new Map(
    plansWithTerms(source, route).map(([plan, terms]) => [
      plan,
      onOneTerms(source, terms, { plan, byPlan: new Map() }, named),
    ]),
  );
  const offeredTo = plans === undefined ? null : Object.keys(plans);
  return onOneTerms(source, own, { plan: null, byPlan, offeredTo }, named);
}

type Variant = Pick<Route, 'plan' | 'byPlan'> & Partial<Pick<Route, 'offeredTo'>>;

function onOneTerms(
  source: PolicySource,
  route: RouteSource,
  { plan, byPlan, offeredTo = null }: Variant,
  named: Named,
): Route {
  const providers = providersOf(source);
  const provider = providers.find(({ id }) => id === route.provider) ?? null;
  const origin = source.origins?.find(({ id }) => id === route.origin) ?? null;
  const dialect = present(dialectById(route.dialect), 'dialect');
  const modelsOf = ({ kind }: Provider): ReadonlyMap<string, ModelPrice> =>
    new Map(
      route.models.flatMap((model) => {
        const price = modelPrice(source, kind, model);
        return price === null ? [] : [[model, price] as const];
      }),
    );
  const unknownOf = ({ kind }: Provider): ModelPrice | null =>
    route.unknownModels === 'dearest' ? dearestOf(kind) : null;
  const {
    limits: _laidOut,
    plans: _plans,
    whenLedgerUnreachable: when,
    conversation,
    plain,
    ...rest
  } = route;
  const resolved = {
    ...rest,
    ...termsOf(route, named),
    plan,
    byPlan,
    offeredTo,
    dialect,
    provider,
    origin,
    upstreamPath: upstreamPathOf(route, dialect, provider),
    models:
      provider === null
        ? reportModels(route.models, reportKinds(route.run, providers), (kind, model) =>
            modelPrice(source, kind, model),
          )
        : modelsOf(provider),
    unknownModels: provider === null ? null : unknownOf(provider),
    onDisconnect: route.onDisconnect ?? 'abort',
    allow: route.allow ?? {},
    betas: new Set(route.betas),
    extraFields: route.extraFields ?? [],
    plain: plainPriceOf(route),
    answerBytesMax: plain?.answerBytesMax ?? null,
    run: runOf(route),
    scopes: new Set(chargedScopes(route)),
    whenLedgerUnreachable:
      typeof when === 'object'
        ? {
            graceNanoUsdPerHour: nanoUsdOf(when.graceUsdPerHour),
            callNanoUsdMax: nanoUsdOf(when.callUsdMax ?? GRACE_CALL_USD_MAX),
          }
        : ('refuse' as const),
    conversation: conversation === undefined ? null : conversationRule(conversation),
    isStep: false,
  };
  return Object.freeze({ ...resolved, steps: stepsOf(resolved, providers, modelsOf, unknownOf) });
}
