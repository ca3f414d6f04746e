// An account as an operator sees it: counters, caps of its own, and the calls that hold something.

import {
  type Account,
  cellAt,
  type CounterView,
  type Limit,
  viewCounter,
} from '../core/ledger/account.ts';
import type { AccountView } from '../core/ledger/messages.ts';
import type { LedgerStore } from './ledger-store.ts';
import { heldName } from './root.ts';

/** `there`: what calls have on hold in other objects, for a shared budget; else null. */
export function accountView(
  store: LedgerStore,
  principal: string,
  limits: readonly Limit[],
  nowMs: number,
  there: ReadonlyMap<string, number> | null,
): AccountView {
  const account = store.account(principal);
  const holds = [...store.openHolds().values()].filter((hold) =>
    hold.accounts.some((one) => one.principal === principal),
  );
  return {
    principal,
    counters: limits.map((limit) => standing(account, limit, nowMs, there)),
    overrides: account.caps,
    holds: holds.map((hold) => ({
      id: `${hold.key}.${hold.attempt}`,
      amountNanoUsd: hold.amounts.nanoUsd ?? 0,
      expiresAtMs: hold.leaseEndsAtMs,
    })),
  };
}

/** A counter as calls see it: idle slices are nobody's, what is on hold elsewhere is on hold. */
function standing(
  account: Account,
  limit: Limit,
  nowMs: number,
  there: ReadonlyMap<string, number> | null,
): CounterView {
  const counter = viewCounter(account, limit, nowMs);
  if (there === null) return counter;
  const { windowId, held } = cellAt(account, limit, nowMs);
  return { ...counter, held: held + (there.get(heldName(counter.name, windowId)) ?? 0) };
}
