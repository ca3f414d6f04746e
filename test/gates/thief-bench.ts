// Requests as a thief sends them, through the gates that look at a body, on routes of the shipped
// policy and on routes made for one dialect.

import type { Call } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import { dialectById } from '../../core/dialects/index.ts';
import type { Route } from '../../core/policy/policy.ts';
import type { AllowanceSource } from '../../core/policy/route-schema.ts';
import { priceOf } from '../../core/pricing/catalog.ts';
import type { ProviderKind } from '../../core/pricing/rates.ts';
import { present } from '../../core/result.ts';
import { models } from '../../worker/gates/models.ts';
import { price } from '../../worker/gates/price.ts';
import { read } from '../../worker/gates/read.ts';
import { shape } from '../../worker/gates/shape.ts';
import { identify } from '../../worker/identify.ts';
import { forwardedText, makeDeps, routeOf } from './gate-bench.ts';

const deps = makeDeps();

export type Tried = { readonly call: Call | null; readonly denial: Denial | null };

/** Through the gates that look at a body, as text, so that spellings count. */
export async function attempt(route: Route, body: string, target = ''): Promise<Tried> {
  const request = new Request('https://gateway.example/', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
  let call: Call = { ...identify(request, { route }, deps), target };
  for (const gate of [read, shape, models, price]) {
    const verdict = await gate.check(call, deps);
    if (!verdict.ok) return { call: null, denial: verdict.error };
    call = verdict.value;
  }
  return { call, denial: null };
}

export async function held(route: Route, json: object, target = ''): Promise<Call> {
  const { call, denial } = await attempt(route, JSON.stringify(json), target);
  if (call === null) throw new Error(JSON.stringify(denial));
  return call;
}

export const inputOf = ({ estimate }: Call): number => present(estimate, 'estimate').inputTokensMax;
export const forwarded = (call: Call): Record<string, unknown> =>
  JSON.parse(forwardedText(call)) as Record<string, unknown>;

export const allowing = (id: string, allow: AllowanceSource): Route => ({ ...routeOf(id), allow });

/** A route of another dialect, model and kind of provider. */
export function madeRoute(dialect: string, kind: ProviderKind, model: string): Route {
  const route = routeOf('chat-completions');
  return {
    ...route,
    dialect: present(dialectById(dialect), dialect),
    provider: { ...present(route.provider, 'provider'), kind },
    models: new Map([[model, present(priceOf(kind, model), model)]]),
  };
}

export const CHAT = routeOf('chat-completions');
export const CLAUDE = routeOf('messages');
export const GEMINI = routeOf('gemini');
export const RESPONSES = routeOf('responses');
export const FLASH = '/gemini-2.5-flash:generateContent';
const HI = [{ role: 'user', content: 'hi' }];
export const chat = (more: object = {}): object => ({
  model: 'gpt-4o-mini',
  messages: HI,
  ...more,
});
export const claude = (more: object = {}): object => ({
  model: 'claude-haiku-4-5',
  max_tokens: 100,
  messages: HI,
  ...more,
});
