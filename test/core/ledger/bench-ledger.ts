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
  extend,
  type Party,
  renew,
  reserve,
  type ReserveAsk,
} from '../../../core/ledger/ledger.ts';
import {
  afterResolution,
  expire,
  release,
  repeated,
  settle,
} from '../../../core/ledger/resolve.ts';
import type { Amounts } from '../../../core/ledger/unit.ts';
import { present } from '../../../core/result.ts';
import { ledgerTable, type LedgerRow, tableAmount, tableTimeMs } from '../../support/table.ts';
import { ASK, partyOf } from './makers.ts';

export type BenchParty = Pick<Party, 'principal' | 'limits'>;

export type Bench = {
  readonly accounts: Map<string, Account>;
  readonly holds: Map<string, Hold>;
};

export const makeBench = (): Bench => ({ accounts: new Map(), holds: new Map() });

export const accountOf = (bench: Bench, principal: string): Account =>
  bench.accounts.get(principal) ?? EMPTY_ACCOUNT;

export const holdOf = (bench: Bench, key: string): Hold =>
  present(bench.holds.get(key), `hold ${key}`);

const named = (bench: Bench, parties: readonly BenchParty[]): Party[] =>
  parties.map(({ principal, limits }) =>
    partyOf(principal, limits, { account: accountOf(bench, principal) }),
  );

function put(bench: Bench, hold: Hold, accounts: readonly Account[]): void {
  hold.accounts.forEach(({ principal }, index) => {
    bench.accounts.set(principal, present(accounts[index], 'account'));
  });
  bench.holds.set(hold.key, hold);
}

export function benchReserve(
  bench: Bench,
  parties: readonly BenchParty[],
  ask: ReserveAsk,
  nowMs: number,
): string {
  const outcome = reserve(named(bench, parties), ask, nowMs, 'final');
  if ('status' in outcome) return outcome.status;
  put(bench, outcome.hold, outcome.accounts);
  return outcome.hold.status;
}

/** The parties may be more than the hold's own: those it was taken from are extended. */
export function benchExtend(
  bench: Bench,
  parties: readonly BenchParty[],
  { key, amounts }: { readonly key: string; readonly amounts: Amounts },
  nowMs: number,
): string {
  const hold = holdOf(bench, key);
  const late = repeated(hold);
  if (late !== null) return late;
  const own = hold.accounts.map(({ principal }) =>
    present(
      parties.find((party) => party.principal === principal),
      principal,
    ),
  );
  const outcome = extend(hold, named(bench, own), amounts, nowMs);
  if (outcome.status !== 'extended') return outcome.status;
  put(bench, outcome.hold, outcome.accounts);
  return outcome.status;
}

export type Act =
  | { readonly kind: 'settle'; readonly amounts: Amounts }
  | { readonly kind: 'release' }
  | { readonly kind: 'renew'; readonly metered: Amounts; readonly leaseMs: number }
  | { readonly kind: 'expire' };

export function benchResolve(bench: Bench, key: string, act: Act, nowMs: number): string {
  const hold = holdOf(bench, key);
  if (act.kind === 'renew') {
    const late = repeated(hold);
    if (late !== null) return late;
    bench.holds.set(key, renew(hold, act.metered, act.leaseMs, nowMs));
    return 'renewed';
  }
  const outcome =
    act.kind === 'settle'
      ? settle(hold, { amounts: act.amounts, estimated: false }, nowMs)
      : act.kind === 'release'
        ? release(hold, nowMs)
        : expire(hold, nowMs);
  if (outcome.hold !== hold) {
    const accounts = hold.accounts.map(({ principal }, index) =>
      afterResolution(accountOf(bench, principal), outcome.hold, index),
    );
    put(bench, outcome.hold, accounts);
  }
  return outcome.status;
}

export type TableSetting = {
  readonly parties: readonly BenchParty[];
  /** The counter whose `held` and `spent` the rows show; the first limit of the first party. */
  readonly watch?: { readonly principal: string; readonly limit: Limit };
  /** Of money. */
  readonly metered?: number;
  readonly perSecond?: number;
  readonly leaseMs?: number;
};

function actOf(row: LedgerRow, leaseMs: number): Act {
  const nanoUsd = tableAmount(row.amount).max;
  switch (row.do) {
    case 'settle':
      return { kind: 'settle', amounts: { nanoUsd } };
    case 'renew':
      return { kind: 'renew', metered: { nanoUsd }, leaseMs };
    case 'release':
    case 'expire':
      return { kind: row.do };
    default:
      throw new Error(`no such act: "${row.do}"`);
  }
}

function playRow(bench: Bench, setting: TableSetting, row: LedgerRow, nowMs: number): string {
  const { metered = 0, perSecond = 0, leaseMs = ASK.leaseMs } = setting;
  const { min, max } = tableAmount(row.amount);
  if (row.do === 'extend') {
    return benchExtend(bench, setting.parties, { key: row.hold, amounts: { nanoUsd: max } }, nowMs);
  }
  if (row.do !== 'reserve') return benchResolve(bench, row.hold, actOf(row, leaseMs), nowMs);
  const ask: ReserveAsk = {
    ...ASK,
    key: row.hold,
    amounts: { requests: 1, nanoUsd: max, concurrentCalls: 1 },
    least: { nanoUsd: min },
    metered: { nanoUsd: metered },
    produciblePerSecond: { nanoUsd: perSecond },
    leaseMs,
  };
  return benchReserve(bench, setting.parties, ask, nowMs);
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
  for (const row of ledgerTable(page)) {
    const nowMs = Math.round(tableTimeMs(row.at));
    const status = playRow(bench, setting, row, nowMs);
    const { held, used } = viewCounter(accountOf(bench, principal), limit, nowMs);
    const truth = `${String(held)} ${String(used)} | ${status}`;
    if (truth !== `${row.held} ${row.spent} | ${row.status}`) {
      mistakes.push(`${row.text}   [is ${truth} on ${counterName(limit)}]`);
    }
  }
  return { bench, mistakes };
}
