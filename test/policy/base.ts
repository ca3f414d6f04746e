// A small policy that loads, and how to spoil it: a case is the base with a few places changed,
// given by their path, so that what is wrong with it is all that stands in its file.

import { present } from '../../core/result.ts';
import shipped from '../../weighbridge.config.ts';

const LIST = [
  { window: 'day', usd: '1' },
  { window: 'month', usd: '10' },
  { window: 'day', requests: 100 },
  { window: 'month', requests: 1_000 },
  { window: 'now', concurrentCalls: 4 },
] as const;

/** What is not named here is as it is shipped. */
export const ROUTE = {
  ...present(shipped.routes[0], 'a route'),
  id: 'chat',
  path: '/api/chat',
  proof: 'always',
  models: ['gpt-4o-mini'],
} as const;

export const PROVIDER = present(shipped.providers[0], 'a provider');

const BASE = {
  ...shipped,
  providers: [PROVIDER],
  routes: [ROUTE],
  limits: { key: LIST, device: LIST, ip: LIST, ipWithKey: LIST },
  proof: { floorHashes: 256, capHashes: 4_096 },
  corsOrigins: [],
};

export const REMOVED = Symbol('removed');

/** The base with the values at these paths (`routes.0.path`) replaced. */
export function policyWith(changes: Readonly<Record<string, unknown>> = {}): unknown {
  const policy = JSON.parse(JSON.stringify(BASE)) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = present(steps.pop(), 'a path');
    let at = policy;
    for (const step of steps) at = present(at[step], path) as Record<string, unknown>;
    if (value === REMOVED) delete at[last];
    else at[last] = value;
  }
  return policy;
}

/** What loading must say: the path of the error and words of its sentence. */
export type Expected = readonly [path: string, words: string];

export type BadPolicy = { readonly policy: unknown; readonly errors: readonly Expected[] };

export const bad = (
  changes: Readonly<Record<string, unknown>>,
  ...errors: readonly Expected[]
): BadPolicy => ({ policy: policyWith(changes), errors });
