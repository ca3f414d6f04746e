// Mutants chosen by hand: the mistakes that would cost money. Every one of them must be killed,
// whatever the score of the others. Each is a text of the source, found exactly once, and what it
// is replaced with.

import { makeMutant, type Mutant } from './mutation-mutant.ts';

export type Planted = {
  readonly file: string;
  readonly search: string;
  readonly replace: string;
  readonly says: string;
};

export const PLANTED: readonly Planted[] = [
  {
    file: 'core/ledger/ledger.ts',
    search: '<= counter.cap) continue;',
    replace: '<= counter.cap + 1) continue;',
    says: 'one more than the cap is admitted',
  },
  {
    file: 'core/ledger/ledger.ts',
    search: '<= counter.cap) continue;',
    replace: '< counter.cap) continue;',
    says: 'what just fits the cap is refused',
  },
  {
    file: 'core/ledger/ledger.ts',
    search: 'counter.used + counter.held + wanted(',
    replace: 'counter.used + wanted(',
    says: 'the look at the cap forgets what is on hold',
  },
  {
    file: 'core/ledger/ledger.ts',
    search: 'Math.min(most, cap - used - held)',
    replace: 'Math.min(most, cap - used)',
    says: 'what others have on hold is granted again',
  },
  {
    file: 'core/ledger/ledger.ts',
    search: 'if (more > 0) extra[unit] = more;',
    replace: 'if (more > 0) extra[unit] = target[unit] ?? 0;',
    says: 'an extension takes again what is held already',
  },
  {
    file: 'core/ledger/ledger.ts',
    search: 'other.name === taken.name && other.windowId === taken.windowId',
    replace: 'other.name === taken.name',
    says: 'what was extended today is charged to yesterday',
  },
  {
    file: 'core/ledger/ledger.ts',
    search: `    ...account,
    taken: merged(`,
    replace: `    principal: account.principal,
    taken: merged(`,
    says: "an extension forgets that a slice is another object's to refund",
  },
  {
    file: 'core/ledger/ledger.ts',
    search: 'ask.amounts[unit] ?? NOT_ASKED',
    replace: 'ask.amounts[unit] ?? 0',
    says: 'a unit that is not asked refuses the call',
  },
  {
    file: 'core/ledger/ledger.ts',
    search: 'combine(hold.metered, metered, Math.max)',
    replace: 'metered',
    says: 'a renew lowers what was metered',
  },
  {
    file: 'core/ledger/ledger.ts',
    search: 'Math.max(hold.leaseEndsAtMs, nowMs + leaseMs)',
    replace: 'nowMs + leaseMs',
    says: 'a renew shortens the lease',
  },
  {
    file: 'core/ledger/resolve.ts',
    search: 'used, held: -amount }',
    replace: 'used, held: 0 }',
    says: 'a settled hold stays on hold',
  },
  {
    file: 'core/ledger/resolve.ts',
    search: "resolved(hold, 'released', {}, nowMs)",
    replace: "resolved(hold, 'released', hold.amounts, nowMs)",
    says: 'a release keeps the money',
  },
  {
    file: 'core/ledger/resolve.ts',
    search: "resolved(hold, 'expired', chargeOf(hold, charged), nowMs)",
    replace: "resolved(hold, 'expired', {}, nowMs)",
    says: 'an expired hold gives its money back',
  },
  {
    file: 'core/ledger/resolve.ts',
    search: '(hold.metered[unit] ?? 0) + producible',
    replace: 'producible',
    says: 'expiry forgets what was metered',
  },
  {
    file: 'core/ledger/resolve.ts',
    search: "hold.status === 'held' ? null",
    replace: "hold.status !== 'refused' ? null",
    says: 'a hold resolves a second time',
  },
  {
    file: 'core/ledger/resolve.ts',
    search: 'Math.max(0, truth - charged)',
    replace: 'truth - charged',
    says: 'a truth that comes late gives money back',
  },
  {
    file: 'core/ledger/account.ts',
    search: 'Math.max(account.clockMs, nowMs);',
    replace: 'nowMs;',
    says: "the account's clock follows a step back",
  },
  {
    file: 'core/ledger/account.ts',
    search: 'sort((a, b) => b.windowId - a.windowId)',
    replace: 'sort((a, b) => a.windowId - b.windowId)',
    says: 'the oldest windows are kept and the one in force is dropped',
  },
  {
    file: 'core/ledger/window.ts',
    search: 'Math.floor(timeMs / DAY_MS)',
    replace: 'Math.ceil(timeMs / DAY_MS)',
    says: 'the day turns one millisecond after midnight',
  },
  {
    file: 'core/ledger/window.ts',
    search: 'MONDAY_SHIFT_MS = 3 * DAY_MS',
    replace: 'MONDAY_SHIFT_MS = 4 * DAY_MS',
    says: 'the week begins on Sunday',
  },
  {
    file: 'core/ledger/window.ts',
    search: 'date.getUTCFullYear() * 12 + date',
    replace: 'date.getUTCFullYear() * 11 + date',
    says: 'a December is a January',
  },
  {
    file: 'core/ledger/rolling.ts',
    search: 'if (nowMs <= atMs) return { used, leak };',
    replace: '',
    says: 'a step back fills a rolling window again',
  },
  {
    file: 'core/ledger/rolling.ts',
    search: 'remainder: Number(flow % BigInt(periodMs))',
    replace: 'remainder: 0',
    says: 'looking often keeps a rolling window from draining',
  },
  {
    file: 'core/ledger/escrow.ts',
    search: 'used: Math.max(lease.used, used)',
    replace: 'used',
    says: 'an old report lowers what a slice has used',
  },
  {
    file: 'core/ledger/escrow.ts',
    search: 'leased: unspent(after) - unspent(before)',
    replace: 'leased: 0',
    says: 'a slice is granted and not counted as gone',
  },
  {
    file: 'core/ledger/escrow.ts',
    search: 'Math.min(free, Math.max(most, stock))',
    replace: 'Math.max(most, stock)',
    says: 'a slice is more than is free',
  },
  {
    file: 'core/ledger/recovery.ts',
    search: '{ ...movement, held: 0,',
    replace: '{ ...movement,',
    says: 'a restart lifts a hold that it never put back',
  },
  {
    file: 'core/ledger/recovery.ts',
    search: 'Math.max(hold.reservedAtMs, hold.resolvedAtMs)',
    replace: 'hold.resolvedAtMs',
    says: 'a restart takes an account back to the day before',
  },
];

/** Throws for a planted mutant whose place is gone: it would count as killed and be nothing. */
export function plant(sources: ReadonlyMap<string, string>, planted: Planted): Mutant {
  const { file, search, replace, says } = planted;
  const source = sources.get(file) ?? '';
  const start = source.indexOf(search);
  const times = source.split(search).length - 1;
  if (times !== 1) {
    const found = times === 0 ? 'is not there any more' : `is there ${String(times)} times`;
    throw new Error(`planted mutant "${says}": its text ${found} in ${file}: ${search}`);
  }
  return makeMutant(file, source, { start, end: start + search.length, text: replace }, says);
}
