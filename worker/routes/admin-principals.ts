// Look at a principal, change one of its caps, correct its counters.

import { Hono } from 'hono/tiny';
import * as z from 'zod';
import { invalidRequest } from '../../core/invalid-request.ts';
import { counterName, type Limit } from '../../core/ledger/account.ts';
import { UNITS } from '../../core/ledger/unit.ts';
import { WINDOWS } from '../../core/ledger/window.ts';
import type { AppContext, AppEnv } from '../app.ts';
import { switchesOf } from '../../core/control/principal.ts';
import { adjusted, adjustment } from './admin-adjustments.ts';
import {
  isoTime,
  type Named,
  namedPrincipal,
  readJson,
  say,
  unknownPrincipal,
} from './admin-answers.ts';
import { note } from './admin-audit.ts';
import { shownSwitch } from './admin-switches.ts';

export const principals = new Hono<AppEnv>();

principals.get('/:principal', async (c) => {
  const deps = c.get('deps');
  const named = namedPrincipal(c, deps);
  if (named === null) return say(c, unknownPrincipal);
  const { principal, scope, limits } = named;
  const address = deps.ledgers.addressOf(principal);
  const place = deps.ledgers.placeOf(address);
  const view = await deps.ledgers.at(address).view(place, principal, limits);
  const switches = await deps.control.port.switches();
  const names = new Set(switchesOf(principal));
  return c.json({
    principal,
    counters: view.counters.map(({ resetsAtMs, ...counter }) => ({
      ...counter,
      scope,
      resetsAt: isoTime(resetsAtMs),
      overridden: counter.name in view.overrides,
    })),
    holds: view.holds.map(({ id, amountNanoUsd, expiresAtMs }) => ({
      id,
      amountNanoUsd,
      expiresAt: isoTime(expiresAtMs),
    })),
    switches: switches.filter(({ principal: on }) => names.has(on)).map(shownSwitch),
  });
});

const capName = z.strictObject({
  window: z.enum(WINDOWS),
  unit: z.enum(UNITS),
  /** A counter of one route alone. */
  route: z.string().max(64).optional(),
});
const cap = capName.extend({ cap: z.int().min(0) });

principals.put('/:principal/budgets', async (c) => {
  const named = namedPrincipal(c, c.get('deps'));
  if (named === null) return say(c, unknownPrincipal);
  const body = await readJson(c, cap);
  if (!body.ok) return say(c, body.error);
  return setCap(c, named, body.value, body.value.cap);
});

principals.delete('/:principal/budgets', async (c) => {
  const named = namedPrincipal(c, c.get('deps'));
  if (named === null) return say(c, unknownPrincipal);
  const query = c.req.query();
  const inQuery = query.window !== undefined || query.unit !== undefined;
  const parsed = inQuery ? capName.safeParse(query) : null;
  if (parsed !== null && !parsed.success) return say(c, invalidRequest(parsed.error));
  const body =
    parsed === null ? await readJson(c, capName.extend({ cap: z.int().optional() })) : null;
  if (body !== null && !body.ok) return say(c, body.error);
  const counter = parsed?.data ?? (body?.ok === true ? body.value : null);
  if (counter === null) return say(c, unknownPrincipal);
  return setCap(c, named, counter, null);
});

/** Sets one cap, or takes an override back with null. Only counters that the policy limits. */
async function setCap(
  c: AppContext,
  { principal, limits }: Named,
  { window, unit, route }: z.infer<typeof capName>,
  value: number | null,
): Promise<Response> {
  const { ledgers } = c.get('deps');
  const kind = { window, unit, ...(route === undefined ? {} : { route }) };
  const limit = limits.find((one: Limit) => counterName(one) === counterName(kind));
  if (limit === undefined) {
    return say(c, {
      kind: 'request-invalid',
      sentence: `There is no counter ${counterName(kind)} for this principal.`,
    });
  }
  const address = ledgers.addressOf(principal);
  const place = ledgers.placeOf(address);
  const { overrides } = await ledgers.at(address).view(place, principal, [limit]);
  await ledgers.at(address).setCap(place, { principal, ...kind, cap: value });
  const before = { ...kind, cap: overrides[counterName(kind)] ?? limit.cap };
  const after = { ...kind, cap: value ?? limit.cap };
  const reason = value === null ? 'override taken back' : 'override';
  await note(c.get('deps'), { kind: 'budget-changed', subject: principal, reason, before, after });
  return c.json({ principal, ...after, overridden: value !== null });
}

principals.post('/:principal/adjustments', async (c) => {
  const deps = c.get('deps');
  const named = namedPrincipal(c, deps);
  if (named === null) return say(c, unknownPrincipal);
  const body = await readJson(c, adjustment);
  if (!body.ok) return say(c, body.error);
  const { id, nanoUsd, reason, at } = body.value;
  const limits = named.limits.filter(({ unit }) => unit === 'nanoUsd');
  const address = deps.ledgers.addressOf(named.principal);
  const status = await deps.ledgers.at(address).adjust(deps.ledgers.placeOf(address), {
    id,
    principal: named.principal,
    amounts: { nanoUsd },
    limits,
    atMs: at === undefined ? deps.nowMs() : Date.parse(at),
    reason,
  });
  const { principal: subject } = named;
  if (status === 'adjusted') {
    await note(deps, { kind: 'adjusted', subject, reason, before: null, after: { id, nanoUsd } });
  }
  return adjusted(c, status, { principal: subject, id, nanoUsd });
});
