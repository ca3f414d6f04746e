// The ledger's rules for taking: reserve, extend, renew. Pure: the objects around it read and
// write, this decides. What is on hold counts at once, in every counter of every account or in
// none. Giving back and charging are in `resolve.ts`.

import {
  type Account,
  type CounterView,
  cellAt,
  counterName,
  type Limit,
  move,
  type Movement,
  viewCounter,
} from './account.ts';
import { watchedBy } from './alert.ts';
import type { Hold, HoldAccount, Taken } from './hold.ts';
import { type Amounts, combine, type Unit, UNITS, unitsOf } from './unit.ts';

export type Party = {
  readonly principal: string;
  readonly account: Account;
  readonly limits: readonly Limit[];
  /** The caps are what another object has granted to this one. */
  readonly sliced: boolean;
  /** All that is asked, or a refusal. */
  readonly isWhole?: boolean;
  /** Limits that count and refuse nothing. */
  readonly lifts?: readonly OverStatus[];
};

export type ReserveAsk = {
  readonly key: string;
  readonly attempt: string;
  /** The most the call can use. */
  readonly amounts: Amounts;
  /** Below this nothing useful can be bought. A unit that is not named is taken whole. */
  readonly least: Amounts;
  /** What an account taken whole has to have room for, where the call begins with less. */
  readonly whole?: Amounts;
  readonly metered: Amounts;
  readonly produciblePerSecond: Amounts;
  readonly leaseMs: number;
  readonly label: string | null;
};

export const OVER_STATUSES = [
  'over-requests',
  'over-budget',
  'over-concurrency',
  'over-quota',
] as const;
export type OverStatus = (typeof OVER_STATUSES)[number];

export type Refusal = {
  readonly status: OverStatus;
  readonly principal: string;
  readonly counter: CounterView;
  /** The counter's root may have more. */
  readonly sliced: boolean;
};

/** `short`: less than everything is an answer only when the roots have been asked. */
export type Mode = 'short' | 'final';

const STATUS_OF: Readonly<Partial<Record<Unit, OverStatus>>> = {
  requests: 'over-requests',
  nanoUsd: 'over-budget',
  concurrentCalls: 'over-concurrency',
};
export const overStatusOf = (unit: Unit): OverStatus => STATUS_OF[unit] ?? 'over-quota';

/** Of a unit that is not named: it fits even where a dear call has passed the cap. */
const NOT_ASKED = Number.NEGATIVE_INFINITY;

/** The first counter that cannot give this much. An account's own counters come before shared. */
function findRefusal(
  parties: readonly Party[],
  wanted: (unit: Unit, party: Party) => number,
  nowMs: number,
): Refusal | null {
  for (const sliced of [false, true]) {
    for (const unit of UNITS) {
      for (const party of parties) {
        if (party.sliced !== sliced || party.lifts?.includes(overStatusOf(unit))) continue;
        for (const limit of party.limits) {
          if (limit.unit !== unit) continue;
          const counter = viewCounter(party.account, limit, nowMs, sliced);
          if (counter.used + counter.held + wanted(unit, party) <= counter.cap) continue;
          return { status: overStatusOf(unit), principal: party.principal, counter, sliced };
        }
      }
    }
  }
  return null;
}

/** What every counter can give of each unit, at most `wanted`. */
function grantable(parties: readonly Party[], wanted: Amounts, nowMs: number): Amounts {
  const granted: Partial<Record<Unit, number>> = { ...wanted };
  for (const { account, limits, sliced, lifts = [] } of parties) {
    for (const limit of limits) {
      const most = granted[limit.unit];
      if (most === undefined || lifts.includes(overStatusOf(limit.unit))) continue;
      const { cap, used, held } = viewCounter(account, limit, nowMs, sliced);
      granted[limit.unit] = Math.max(0, Math.min(most, cap - used - held));
    }
  }
  return granted;
}

function takenFrom({ account, limits, sliced }: Party, amounts: Amounts, nowMs: number): Taken[] {
  return limits.flatMap((limit) => {
    const amount = amounts[limit.unit];
    if (amount === undefined) return [];
    const { windowId, leak } = cellAt(account, limit, nowMs);
    const taken = { name: counterName(limit), windowId, amount, ...watchedBy(limit, sliced) };
    return [leak === undefined ? taken : { ...taken, leak }];
  });
}

/** What taking does to the counters. */
export const heldMovements = (taken: readonly Taken[]): Movement[] =>
  taken.map(({ name, windowId, amount, leak }) => ({
    name,
    windowId,
    used: 0,
    held: amount,
    ...(leak === undefined ? {} : { leak }),
  }));

export type Reserved = { readonly hold: Hold; readonly accounts: readonly Account[] };

/** All counters of all parties or none. Grants what they can all give, down to the least. */
export function reserve(
  parties: readonly Party[],
  ask: ReserveAsk,
  nowMs: number,
  mode: Mode,
): Reserved | Refusal {
  const refusal = findRefusal(
    parties,
    (unit, { sliced, isWhole = false }) => {
      const room = isWhole ? ask.whole?.[unit] : undefined;
      const whole = room ?? ask.amounts[unit] ?? NOT_ASKED;
      const takesWhole = isWhole || (sliced && mode === 'short');
      return takesWhole ? whole : Math.min(whole, ask.least[unit] ?? whole);
    },
    nowMs,
  );
  if (refusal !== null) return refusal;
  const granted = grantable(parties, ask.amounts, nowMs);
  const accounts: HoldAccount[] = parties.map((party) => ({
    principal: party.principal,
    taken: takenFrom(party, granted, nowMs),
  }));
  const hold: Hold = {
    key: ask.key,
    attempt: ask.attempt,
    status: 'held',
    accounts,
    amounts: granted,
    asked: ask.amounts,
    metered: combine(granted, ask.metered, Math.min),
    produciblePerSecond: ask.produciblePerSecond,
    reservedAtMs: nowMs,
    renewedAtMs: nowMs,
    leaseEndsAtMs: nowMs + ask.leaseMs,
    charged: {},
    resolvedAtMs: 0,
    estimated: false,
    label: ask.label,
  };
  return {
    hold,
    accounts: parties.map(({ account }, index) =>
      move(account, heldMovements(accounts[index]?.taken ?? []), nowMs),
    ),
  };
}

/** Windows one hold may reach into: a long stream under a limit per minute ends here. */
export const TAKEN_MAX = 64;

/** Adds to what was taken: the same window grows, another window is a new entry. */
function merged(before: readonly Taken[], more: readonly Taken[]): readonly Taken[] {
  const result = [...before];
  for (const taken of more) {
    if (taken.amount === 0) continue;
    const at = result.findIndex(
      (other) => other.name === taken.name && other.windowId === taken.windowId,
    );
    const found = result[at];
    if (found === undefined) result.push(taken);
    else result[at] = { ...found, amount: found.amount + taken.amount };
  }
  return result;
}

export type Extended = {
  readonly status: 'extended';
  readonly hold: Hold;
  readonly accounts: readonly Account[];
};

/**
 * Raises an open hold to these amounts, all of it or nothing. It is taken from the windows of now.
 * Amounts that are not more than what is held change nothing, so a repeat is harmless. The caller
 * checks that the hold is open and that the parties are the hold's own, in its order.
 */
export function extend(
  hold: Hold,
  parties: readonly Party[],
  target: Amounts,
  nowMs: number,
): Extended | Refusal {
  const extra: Partial<Record<Unit, number>> = {};
  for (const unit of unitsOf(target)) {
    const more = (target[unit] ?? 0) - (hold.amounts[unit] ?? 0);
    if (more > 0) extra[unit] = more;
  }
  const refusal = findRefusal(parties, (unit) => extra[unit] ?? NOT_ASKED, nowMs);
  if (refusal !== null) return refusal;
  const more = parties.map((party) => takenFrom(party, extra, nowMs));
  const accounts = hold.accounts.map((account, index) => ({
    ...account,
    taken: merged(account.taken, more[index] ?? []),
  }));
  return {
    status: 'extended',
    hold: {
      ...hold,
      accounts,
      amounts: combine(hold.amounts, extra, (held, added) => held + added),
    },
    accounts: parties.map(({ account }, index) =>
      move(account, heldMovements(more[index] ?? []), nowMs),
    ),
  };
}

/** A heartbeat: the lease goes on, and what was metered so far is known. Metering never shrinks. */
export function renew(hold: Hold, metered: Amounts, leaseMs: number, nowMs: number): Hold {
  const known = combine(hold.metered, metered, Math.max);
  return {
    ...hold,
    metered: combine(hold.amounts, known, Math.min),
    renewedAtMs: Math.max(hold.renewedAtMs, nowMs),
    leaseEndsAtMs: Math.max(hold.leaseEndsAtMs, nowMs + leaseMs),
  };
}
