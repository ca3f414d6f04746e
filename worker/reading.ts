// What a call asks for, as its route's dialect reads it; and the same call with another model in
// the place of the one it names.

import type { Call } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import type { Ask } from '../core/dialects/dialect.ts';
import { withModel } from '../core/dialects/with-model.ts';
import type { DowngradeReason } from '../core/policy/policy.ts';
import { ok, present, type Result } from '../core/result.ts';

export function readAsk({ route, target, body }: Call): Result<Ask, Denial> {
  const { json, form, bytes, contentType } = present(body, 'body');
  const { dialect, extraFields, provider } = route;
  const kind = provider?.kind ?? 'openai';
  return dialect.readRequest({
    json,
    form,
    bytes,
    contentType,
    target,
    extraFields,
    provider: kind,
  });
}

/** The call as if it had asked for this model. What it asked for at first is remembered. */
export function downgradedTo(
  call: Call,
  model: string,
  because: DowngradeReason,
): Result<Call, Denial> {
  const body = present(call.body, 'body');
  const { json, form, target } = withModel(
    { ...body, target: call.target },
    call.route.dialect,
    model,
  );
  const named: Call = { ...call, target, body: { ...body, json, form } };
  const ask = readAsk(named);
  if (!ask.ok) return ask;
  const before = present(call.ask, 'ask');
  const from = call.downgraded?.from ?? before.model;
  // Documents are counted by the shape gate, whatever the dialect.
  const { documents = 0 } = before;
  const lower = documents === 0 ? ask.value : { ...ask.value, documents };
  return ok({ ...named, ask: lower, downgraded: { from, to: model, because } });
}
