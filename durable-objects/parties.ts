// The accounts of a call in one object, as its ledger decides about them.

import type { Limit } from '../core/ledger/account.ts';
import { begun } from '../core/ledger/began.ts';
import type { Hold } from '../core/ledger/hold.ts';
import { addressOf, isShared } from '../core/ledger/layout.ts';
import type * as ledger from '../core/ledger/ledger.ts';
import type { AccountAsk, Place } from '../core/ledger/messages.ts';
import type { LedgerStore } from './ledger-store.ts';
import type { SharedBudget } from './slices.ts';

export type Party = ledger.Party & {
  readonly root: string | null;
  readonly isNewborn: boolean;
  /** Of a run: all its counters are told. */
  readonly isCounted?: boolean;
};

/** The accounts of a call in this object, the purses of their cohorts among them. */
export function partiesOf(
  store: LedgerStore,
  asks: readonly AccountAsk[],
  { self, layout }: Place,
  nowMs: number,
): Party[] {
  return asks.flatMap(({ principal, limits, root, birth, isWhole, lifts, run }) => {
    let account = store.account(principal);
    if (run !== undefined) {
      const found = begun(account, run, nowMs) ?? account;
      const one = party(principal, found, limits, root, found !== account);
      return [{ ...one, isCounted: true, ...(lifts && { lifts }) }];
    }
    const isNewborn = birth !== undefined && account.cohort === undefined;
    if (birth === undefined) {
      const one = party(principal, account, limits, root, false);
      return [{ ...one, ...(isWhole && { isWhole }), ...(lifts && { lifts }) }];
    }
    const cohort = account.cohort ?? birth.cohort;
    if (isNewborn) account = { ...account, cohort };
    const home = addressOf(cohort, layout);
    return [
      { ...party(principal, account, limits, root, isNewborn), ...(lifts && { lifts }) },
      party(cohort, store.account(cohort), birth.limits, home === self ? null : home, false),
    ];
  });
}

export const party = (
  principal: string,
  account: ledger.Party['account'],
  limits: readonly Limit[],
  root: string | null,
  isNewborn: boolean,
): Party => ({ principal, account, limits, sliced: root !== null, root, isNewborn });

export const sharedOf = (parties: readonly Party[]): SharedBudget[] =>
  parties.flatMap(({ principal, limits, root }) =>
    root === null ? [] : [{ principal, limits, root }],
  );

/** What may be had after all: slices from their roots, or what this root has granted away. */
export function shortOf(
  { principal, sliced }: ledger.Refusal,
  parties: readonly Party[],
  { self }: Place,
): SharedBudget[] {
  if (sliced) return sharedOf(parties);
  const own = parties.find((one) => one.principal === principal);
  if (own === undefined || !isShared(principal)) return [];
  return [{ principal, limits: own.limits, root: self }];
}

export const withRoots = (hold: Hold, parties: readonly Party[]): Hold => ({
  ...hold,
  accounts: hold.accounts.map((account, index) => {
    const root = parties[index]?.root ?? null;
    return root === null ? account : { ...account, root };
  }),
});
