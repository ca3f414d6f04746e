// The ledger's rules: reserve, settle, release, renew, expire. Pure: the objects around it read and
// write, this decides. Money on hold counts at once; a hold resolves once; a hold that nobody
// resolves is charged at its lease's end, never returned.

import {
  type Account,
  accountTimeMs,
  type CounterView,
  counterName,
  type Limit,
  move,
  type Movement,
  viewCounter,
} from './account.ts';
import type { Hold } from './hold.ts';
import type { ResolveStatus } from './status.ts';
import { windowId } from './window.ts';

export type Party = {
  readonly principal: string;
  readonly account: Account;
  readonly limits: readonly Limit[];
};

export type ReserveAsk = {
  readonly key: string;
  readonly attempt: string;
  readonly amountNanoUsd: number;
  /** Below this nothing useful can be bought. */
  readonly amountNanoUsdMin: number;
  readonly meteredNanoUsd: number;
  readonly producibleNanoUsdPerSecond: number;
  readonly leaseMs: number;
};

export type Refusal = {
  readonly status: 'over-requests' | 'over-budget' | 'over-concurrency';
  readonly principal: string;
  readonly counter: CounterView;
};

export type Reserved = {
  readonly hold: Hold;
  readonly parties: readonly Party[];
};

/** How much of what the call asks the counter can give. Requests and concurrency are one each. */
const wanted = (limit: Limit, ask: ReserveAsk): number =>
  limit.unit === 'nanoUsd' ? ask.amountNanoUsdMin : 1;

const REFUSALS = [
  ['requests', 'over-requests'],
  ['nanoUsd', 'over-budget'],
  ['concurrentCalls', 'over-concurrency'],
] as const;

function findRefusal(parties: readonly Party[], ask: ReserveAsk, nowMs: number): Refusal | null {
  for (const [unit, status] of REFUSALS) {
    for (const { principal, account, limits } of parties) {
      for (const limit of limits) {
        if (limit.unit !== unit) continue;
        const counter = viewCounter(account, limit, nowMs);
        if (counter.used + counter.held + wanted(limit, ask) > counter.cap) {
          return { status, principal, counter };
        }
      }
    }
  }
  return null;
}

/** All counters of all parties or none. Grants what they can all give, between the two amounts. */
export function reserve(
  parties: readonly Party[],
  ask: ReserveAsk,
  nowMs: number,
): Reserved | Refusal {
  const refusal = findRefusal(parties, ask, nowMs);
  if (refusal !== null) return refusal;
  let granted = ask.amountNanoUsd;
  const windows = new Map<string, number>();
  let timeMs = nowMs;
  for (const { account } of parties) timeMs = Math.max(timeMs, accountTimeMs(account, nowMs));
  for (const { account, limits } of parties) {
    for (const limit of limits) {
      windows.set(counterName(limit), windowId(limit.window, timeMs));
      if (limit.unit !== 'nanoUsd') continue;
      const counter = viewCounter(account, limit, timeMs);
      granted = Math.min(granted, counter.cap - counter.used - counter.held);
    }
  }
  const hold: Hold = {
    key: ask.key,
    attempt: ask.attempt,
    status: 'held',
    principals: parties.map((party) => party.principal),
    windows: [...windows].map(([name, id]) => ({ name, windowId: id })),
    amountNanoUsd: granted,
    askedNanoUsd: ask.amountNanoUsd,
    meteredNanoUsd: Math.min(granted, ask.meteredNanoUsd),
    producibleNanoUsdPerSecond: ask.producibleNanoUsdPerSecond,
    renewedAtMs: nowMs,
    leaseEndsAtMs: nowMs + ask.leaseMs,
    chargedNanoUsd: 0,
    estimated: false,
  };
  const held = parties.map((party) => ({
    ...party,
    account: move(party.account, movementsOf(hold, 0, 1), timeMs),
  }));
  return { hold, parties: held };
}

/** What a hold moves: `sign` +1 takes it, −1 gives it back and leaves `charged` behind as used. */
function movementsOf(hold: Hold, charged: number, sign: 1 | -1): Movement[] {
  return hold.windows.map(({ name, windowId: id }) => {
    const money = name.startsWith('nanoUsd');
    const held = sign * (money ? hold.amountNanoUsd : 1);
    const counts = money ? charged : name.startsWith('requests') && sign < 0 ? 1 : 0;
    return { name, windowId: id, used: counts, held };
  });
}

export type Resolution = {
  readonly status: ResolveStatus;
  readonly hold: Hold;
  readonly accounts: readonly Account[];
};

const REPEATED = {
  settled: 'already-settled',
  released: 'already-released',
  expired: 'already-expired',
  refused: 'already-refused',
} as const;

/** Turns a hold into a fact. The truth is recorded even where it passes the hold. */
export function settle(
  hold: Hold,
  accounts: readonly Account[],
  actual: { readonly nanoUsd: number; readonly estimated: boolean },
  nowMs: number,
): Resolution {
  if (hold.status === 'expired' && actual.nanoUsd > hold.chargedNanoUsd) {
    return correctUpwards(hold, accounts, actual, nowMs);
  }
  if (hold.status !== 'held') return { status: REPEATED[hold.status], hold, accounts };
  const movements = movementsOf(hold, actual.nanoUsd, -1);
  return {
    status: actual.nanoUsd > hold.amountNanoUsd ? 'settled-over-hold' : 'settled',
    hold: {
      ...hold,
      status: 'settled',
      chargedNanoUsd: actual.nanoUsd,
      estimated: actual.estimated,
    },
    accounts: accounts.map((account) => move(account, movements, nowMs)),
  };
}

/**
 * An expired hold was charged less than the truth: the difference is added, nothing is returned.
 */
function correctUpwards(
  hold: Hold,
  accounts: readonly Account[],
  actual: { readonly nanoUsd: number; readonly estimated: boolean },
  nowMs: number,
): Resolution {
  const difference = actual.nanoUsd - hold.chargedNanoUsd;
  const movements = hold.windows
    .filter(({ name }) => name.startsWith('nanoUsd'))
    .map(({ name, windowId: id }) => ({ name, windowId: id, used: difference, held: 0 }));
  return {
    status: 'already-expired',
    hold: { ...hold, chargedNanoUsd: actual.nanoUsd, estimated: actual.estimated },
    accounts: accounts.map((account) => move(account, movements, nowMs)),
  };
}

/** Gives the money back: the provider was never called. The nonce stays spent. */
export function release(hold: Hold, accounts: readonly Account[], nowMs: number): Resolution {
  if (hold.status !== 'held') return { status: REPEATED[hold.status], hold, accounts };
  const movements = movementsOf(hold, 0, -1).map((movement) => ({ ...movement, used: 0 }));
  return {
    status: 'released',
    hold: { ...hold, status: 'released' },
    accounts: accounts.map((account) => move(account, movements, nowMs)),
  };
}

/** A heartbeat: the lease goes on, and what was metered so far is known. Metering never shrinks. */
export function renew(
  hold: Hold,
  meteredNanoUsd: number,
  leaseMs: number,
  nowMs: number,
): Omit<Resolution, 'accounts'> {
  if (hold.status !== 'held') return { status: REPEATED[hold.status], hold };
  const metered = Math.min(hold.amountNanoUsd, Math.max(hold.meteredNanoUsd, meteredNanoUsd));
  return {
    status: 'renewed',
    hold: {
      ...hold,
      meteredNanoUsd: metered,
      renewedAtMs: nowMs,
      leaseEndsAtMs: Math.max(hold.leaseEndsAtMs, nowMs + leaseMs),
    },
  };
}

/** The lease ran out: charged with the last word plus the most that could have followed it. */
export function expire(hold: Hold, accounts: readonly Account[], nowMs: number): Resolution {
  if (hold.status !== 'held') return { status: REPEATED[hold.status], hold, accounts };
  const silenceMs = Math.max(0, hold.leaseEndsAtMs - hold.renewedAtMs);
  const producible = Math.ceil((hold.producibleNanoUsdPerSecond * silenceMs) / 1_000);
  const charged = Math.min(hold.amountNanoUsd, hold.meteredNanoUsd + producible);
  const movements = movementsOf(hold, charged, -1);
  return {
    status: 'expired',
    hold: { ...hold, status: 'expired', chargedNanoUsd: charged, estimated: true },
    accounts: accounts.map((account) => move(account, movements, nowMs)),
  };
}
