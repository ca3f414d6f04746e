// Only models the route offers, by exact name, to callers who have what a model asks for. A name
// that merely begins like one is another model. A route may take names it does not know, at the
// dearest price its provider has; and it may have a ladder, on which a dear model that the caller
// does not get becomes a cheaper one. What an origin does with a call is priced by its run, and
// bytes by the route.

import type { Call } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import { meets, needsOf } from '../../core/policy/entitlement.ts';
import { runPrice } from '../../core/policy/run.ts';
import type { DowngradeReason } from '../../core/policy/policy.ts';
import { dearestOf, priceOf } from '../../core/pricing/catalog.ts';
import { dearerOf, type ModelPrice } from '../../core/pricing/rates.ts';
import { err, ok, present } from '../../core/result.ts';
import type { Deps } from '../env.ts';
import { downgradedTo } from '../reading.ts';
import { riskOf } from '../risk.ts';
import type { Gate, Verdict } from './gate.ts';

/** What this caller is refused of this model; null if it may have it. */
function denialOf({ route, ...call }: Call, model: string): Denial | null {
  if (!route.models.has(model)) {
    return route.unknownModels === null
      ? { kind: 'model-not-offered', model, offered: [...route.models.keys()] }
      : null;
  }
  const needs = route.modelRequires.get(model);
  if (needs === undefined || meets(needs, call)) return null;
  return { kind: 'plan-required', plans: [], needs: needsOf(needs), model };
}

/** The next cheaper model that this caller may have; null where there is none, or no ladder. */
export function nextRung(call: Call, because: DowngradeReason): string | null {
  const { downgrade } = call.route;
  if (downgrade === null || !downgrade.on.has(because)) return null;
  const at = downgrade.ladder.indexOf(present(call.ask, 'ask').model);
  if (at === -1) return null;
  const below = downgrade.ladder.slice(at + 1);
  return below.find((model) => denialOf(call, model) === null) ?? null;
}

function priced(call: Call): Verdict {
  const { model } = present(call.ask, 'ask');
  const known = call.route.models.get(model) ?? null;
  const price = known ?? { ...present(call.route.unknownModels, 'unknown models'), model };
  return ok({ ...call, price });
}

function stepDown(call: Call, because: DowngradeReason): Verdict | null {
  const model = nextRung(call, because);
  if (model === null) return null;
  const lower = downgradedTo(call, model, because);
  return lower.ok ? priced(lower.value) : lower;
}

const isSuspect = (call: Call, deps: Deps): boolean =>
  call.route.downgrade !== null && riskOf(call, deps) >= call.route.downgrade.riskMin;

export const models: Gate = {
  name: 'models',
  check(call, deps) {
    const { route } = call;
    if (route.run !== null) return ok({ ...call, price: runPrice(route.id) });
    if (route.plain !== null) return ok({ ...call, price: route.plain });
    const denial = denialOf(call, present(call.ask, 'ask').model);
    if (denial !== null) return stepDown(call, 'plan') ?? err(denial);
    return (isSuspect(call, deps) ? stepDown(call, 'risk') : null) ?? priced(call);
  },
  /** At the price it has anywhere, else at the dearest: never for nothing. */
  observed(call, _denial, { policy }) {
    const { model } = present(call.ask, 'ask');
    const kind = call.route.provider?.kind ?? 'openai';
    // What the operator pays is not what the catalogue says.
    const own = policy.routes.flatMap((route) =>
      route.provider?.kind === kind ? [...route.models.values()] : [],
    );
    const dearest = (): ModelPrice => ({
      ...dearestOf(kind),
      model,
      rates: own.reduce(
        (most, { rates, longContext }) =>
          [{ rates }, ...longContext].reduce((sum, one) => dearerOf(sum, one.rates), most),
        dearestOf(kind).rates,
      ),
    });
    const known = call.route.models.get(model) ?? own.find((price) => price.model === model);
    return { ...call, price: known ?? priceOf(kind, model) ?? dearest() };
  },
};
