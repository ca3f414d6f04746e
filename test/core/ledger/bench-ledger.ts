// A ledger made of nothing but `core/ledger` and two maps: what a Durable Object does around it, in
// memory. `playTable` runs a page of rows through it and says which are not what is true after.

import {
  type Account,
  counterName,
  EMPTY_ACCOUNT,
  type Limit,
  viewCounter,
} from '../../../core/ledger/account.ts';
import type { Hold } from '../../../core/ledger/hold.ts';
import {
  expire,
  release,
  renew,
  reserve,
  type Resolution,
  settle,
} from '../../../core/ledger/ledger.ts';
import { present } from '../../../core/result.ts';
import { ledgerTable, type LedgerRow, tableAmount, tableTimeMs } from '../../support/table.ts';

export type BenchParty = { readonly principal: string; readonly limits: readonly Limit[] };

export type Bench = {
  readonly accounts: Map<string, Account>;
  readonly holds: Map<string, Hold>;
};

export const makeBench = (): Bench => ({ accounts: new Map(), holds: new Map() });

export const accountOf = (bench: Bench, principal: string): Account =>
  bench.accounts.get(principal) ?? EMPTY_ACCOUNT;

export const holdOf = (bench: Bench, key: string): Hold =>
  present(bench.holds.get(key), `hold ${key}`);

export type BenchAsk = {
  readonly key: string;
  readonly min: number;
  readonly max: number;
  readonly metered: number;
  readonly perSecond: number;
  readonly leaseMs: number;
};

export const ASK: Omit<BenchAsk, 'key' | 'min' | 'max'> = {
  metered: 0,
  perSecond: 0,
  leaseMs: 10_000,
};

export function benchReserve(
  bench: Bench,
  parties: readonly BenchParty[],
  ask: BenchAsk,
  nowMs: number,
): string {
  const outcome = reserve(
    parties.map((party) => ({ ...party, account: accountOf(bench, party.principal) })),
    {
      key: ask.key,
      attempt: 'a1',
      amountNanoUsd: ask.max,
      amountNanoUsdMin: ask.min,
      meteredNanoUsd: ask.metered,
      producibleNanoUsdPerSecond: ask.perSecond,
      leaseMs: ask.leaseMs,
    },
    nowMs,
  );
  if ('status' in outcome) return outcome.status;
  for (const { principal, account } of outcome.parties) bench.accounts.set(principal, account);
  bench.holds.set(ask.key, outcome.hold);
  return outcome.hold.status;
}

export type Act =
  | { readonly kind: 'settle'; readonly nanoUsd: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'renew'; readonly metered: number; readonly leaseMs: number }
  | { readonly kind: 'expire' };

export function benchResolve(bench: Bench, key: string, act: Act, nowMs: number): string {
  const hold = holdOf(bench, key);
  if (act.kind === 'renew') {
    const renewed = renew(hold, act.metered, act.leaseMs, nowMs);
    bench.holds.set(key, renewed.hold);
    return renewed.status;
  }
  const accounts = hold.principals.map((principal) => accountOf(bench, principal));
  const outcome: Resolution =
    act.kind === 'settle'
      ? settle(hold, accounts, { nanoUsd: act.nanoUsd, estimated: false }, nowMs)
      : act.kind === 'release'
        ? release(hold, accounts, nowMs)
        : expire(hold, accounts, nowMs);
  outcome.hold.principals.forEach((principal, index) => {
    bench.accounts.set(principal, present(outcome.accounts[index], 'account'));
  });
  bench.holds.set(key, outcome.hold);
  return outcome.status;
}

export type TableSetting = {
  readonly parties: readonly BenchParty[];
  /** The counter whose `held` and `spent` the rows show; the first limit of the first party. */
  readonly watch?: { readonly principal: string; readonly limit: Limit };
  readonly metered?: number;
  readonly perSecond?: number;
  readonly leaseMs?: number;
};

function actOf(row: LedgerRow, leaseMs: number): Act {
  const amount = tableAmount(row.amount).max;
  switch (row.do) {
    case 'settle':
      return { kind: 'settle', nanoUsd: amount };
    case 'renew':
      return { kind: 'renew', metered: amount, leaseMs };
    case 'release':
    case 'expire':
      return { kind: row.do };
    default:
      throw new Error(`no such act: "${row.do}"`);
  }
}

export type Played = {
  readonly bench: Bench;
  /** Rows that are not as written, each beside what is true; a test expects none. */
  readonly mistakes: readonly string[];
};

/** Plays the page, row after row, on this bench or on an empty one. */
export function playTable(setting: TableSetting, page: string, bench = makeBench()): Played {
  const mistakes: string[] = [];
  const [first] = setting.parties;
  const limit = setting.watch?.limit ?? present(first?.limits[0], 'a limit to watch');
  const principal = setting.watch?.principal ?? present(first?.principal, 'a principal');
  const leaseMs = setting.leaseMs ?? ASK.leaseMs;
  for (const row of ledgerTable(page)) {
    const nowMs = tableTimeMs(row.at);
    const ask = { ...ASK, ...setting, leaseMs, key: row.hold, ...tableAmount(row.amount) };
    const status =
      row.do === 'reserve'
        ? benchReserve(bench, setting.parties, ask, nowMs)
        : benchResolve(bench, row.hold, actOf(row, leaseMs), nowMs);
    const { held, used } = viewCounter(accountOf(bench, principal), limit, nowMs);
    const truth = `${String(held)} ${String(used)} | ${status}`;
    if (truth !== `${row.held} ${row.spent} | ${row.status}`) {
      mistakes.push(`${row.text}   [is ${truth} on ${counterName(limit)}]`);
    }
  }
  return { bench, mistakes };
}

export const day = (cap: number): Limit => ({ window: 'day', unit: 'nanoUsd', cap });
export const month = (cap: number): Limit => ({ window: 'month', unit: 'nanoUsd', cap });
export const requests = (cap: number): Limit => ({ window: 'day', unit: 'requests', cap });
export const calls = (cap: number): Limit => ({ window: 'now', unit: 'concurrentCalls', cap });

export const one = (...limits: readonly Limit[]): readonly BenchParty[] => [
  { principal: 'device:d', limits },
];
