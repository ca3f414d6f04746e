// The limits of a simulated gateway: small enough that everything runs out within a few hundred
// calls, and of every kind that the ledger has rules for. The caps differ from seed to seed.

import type { Limit } from '../core/ledger/account.ts';
import { counterName } from '../core/ledger/account.ts';
import type { Dice } from './dice.ts';

export type PrincipalKind =
  'key' | 'device' | 'ip' | 'wide' | 'cohort' | 'global' | 'route' | 'model';

const CAPS: Readonly<Record<PrincipalKind, readonly Limit[]>> = {
  key: [
    { window: 'day', unit: 'nanoUsd', cap: 1_500 },
    { window: 'minute', unit: 'requests', cap: 12 },
    { window: 'now', unit: 'concurrentCalls', cap: 4 },
  ],
  device: [
    { window: 'day', unit: 'nanoUsd', cap: 600 },
    { window: 'lifetime', unit: 'nanoUsd', cap: 4_000 },
    { window: 'rolling-hour', unit: 'requests', cap: 12 },
    { window: 'now', unit: 'concurrentCalls', cap: 3 },
  ],
  ip: [
    { window: 'day', unit: 'nanoUsd', cap: 1_600 },
    { window: 'minute', unit: 'outputTokens', cap: 300 },
    { window: 'rolling-hour', unit: 'nanoUsd', cap: 450 },
    { window: 'now', unit: 'concurrentCalls', cap: 5 },
  ],
  wide: [
    { window: 'month', unit: 'nanoUsd', cap: 9_000 },
    { window: 'hour', unit: 'outputTokens', cap: 1_800 },
  ],
  cohort: [
    { window: 'day', unit: 'nanoUsd', cap: 500 },
    { window: 'minute', unit: 'requests', cap: 12 },
  ],
  global: [
    { window: 'day', unit: 'nanoUsd', cap: 6_000 },
    { window: 'minute', unit: 'requests', cap: 40 },
  ],
  route: [{ window: 'hour', unit: 'outputTokens', cap: 3_500 }],
  model: [{ window: 'month', unit: 'nanoUsd', cap: 9_000 }],
};

/** Caps that no run may use up for good: a lifetime has no next window. */
const SCALES = [0.7, 1, 1.5, 3];

export type Policy = {
  readonly limits: Readonly<Record<PrincipalKind, readonly Limit[]>>;
  readonly leaseMs: number;
};

export function drawPolicy(dice: Dice): Policy {
  const limits: Record<string, readonly Limit[]> = Object.fromEntries(
    Object.entries(CAPS).map(([kind, list]) => [
      kind,
      list.map((limit) => ({
        ...limit,
        cap:
          limit.unit === 'concurrentCalls'
            ? limit.cap
            : Math.ceil(limit.cap * dice.pick(SCALES) * (0.9 + dice.next() / 5)),
      })),
    ]),
  );
  return { limits: limits as Policy['limits'], leaseMs: dice.pick([4_000, 10_000, 20_000]) };
}

export function kindOf(principal: string): PrincipalKind {
  const kind = principal.split(':')[0] ?? '';
  if (kind === 'ip') return principal.includes('/') ? 'wide' : 'ip';
  return kind as PrincipalKind;
}

export const isSharedKind = (kind: PrincipalKind): boolean =>
  kind === 'cohort' || kind === 'global' || kind === 'route' || kind === 'model';

export const capOf = (policy: Policy, principal: string, counter: string): number =>
  policy.limits[kindOf(principal)]?.find((limit) => counterName(limit) === counter)?.cap ?? 0;
