// Accounts and holds as text in their rows, and back. What can be derived is not written: held
// amounts are what the open holds say. Rows of the first schema are read as what they meant.

import type { Account, Cell } from '../core/ledger/account.ts';
import type { Hold, HoldAccount, HoldStatus } from '../core/ledger/hold.ts';
import { type Amounts, type Unit, UNITS } from '../core/ledger/unit.ts';

/** An account, and the turn whose holds it includes. */
export type StoredAccount = { readonly account: Account; readonly turn: number };

export function writeAccount(account: Account, turn: number): string {
  const cells: Record<string, readonly Omit<Cell, 'held'>[]> = {};
  for (const [name, list] of Object.entries(account.cells)) {
    cells[name] = list.map(({ held: _derived, ...cell }) => cell);
  }
  return JSON.stringify({ ...account, cells, turn });
}

export function readAccount(body: string): StoredAccount {
  const { turn = 0, ...stored } = JSON.parse(body) as Account & { turn?: number };
  const cells: Record<string, readonly Cell[]> = {};
  for (const [name, list] of Object.entries(stored.cells)) {
    cells[name] = list.map((cell) => ({ ...cell, held: 0 }));
  }
  return { account: { ...stored, cells }, turn };
}

/** A hold as the first schema wrote it. */
type FirstHold = {
  readonly key: string;
  readonly attempt: string;
  readonly status: HoldStatus;
  readonly principals: readonly string[];
  readonly windows: readonly { readonly name: string; readonly windowId: number }[];
  readonly amountNanoUsd: number;
  readonly askedNanoUsd: number;
  readonly meteredNanoUsd: number;
  readonly producibleNanoUsdPerSecond: number;
  readonly renewedAtMs: number;
  readonly leaseEndsAtMs: number;
  readonly chargedNanoUsd: number;
  readonly estimated: boolean;
};

const isFirst = (hold: Hold | FirstHold): hold is FirstHold => 'amountNanoUsd' in hold;

function fromFirst(first: FirstHold): Hold {
  const money = first.principals.length > 0;
  const counted: Amounts = money ? { requests: 1, concurrentCalls: 1 } : {};
  const amounts = money ? { ...counted, nanoUsd: first.amountNanoUsd } : {};
  const taken = first.windows.map(({ name, windowId }) => ({
    name,
    windowId,
    amount: name.startsWith('nanoUsd') ? first.amountNanoUsd : 1,
  }));
  const charged = first.status === 'settled' || first.status === 'expired';
  return {
    key: first.key,
    attempt: first.attempt,
    status: first.status,
    accounts: first.principals.map((principal): HoldAccount => ({ principal, taken })),
    amounts,
    asked: money ? { ...counted, nanoUsd: first.askedNanoUsd } : {},
    metered: money ? { nanoUsd: first.meteredNanoUsd } : {},
    produciblePerSecond: money ? { nanoUsd: first.producibleNanoUsdPerSecond } : {},
    reservedAtMs: first.renewedAtMs,
    renewedAtMs: first.renewedAtMs,
    leaseEndsAtMs: first.leaseEndsAtMs,
    charged: charged ? { requests: 1, concurrentCalls: 0, nanoUsd: first.chargedNanoUsd } : {},
    resolvedAtMs: first.status === 'held' ? 0 : first.renewedAtMs,
    estimated: first.estimated,
    label: null,
  };
}

export const writeHold = (hold: Hold): string => JSON.stringify(hold);

export function readHold(body: string): Hold {
  const hold = JSON.parse(body) as Hold | FirstHold;
  return isFirst(hold) ? fromFirst(hold) : hold;
}

/** Two sets of amounts that ask for the same. */
export const sameAmounts = (left: Amounts, right: Amounts): boolean =>
  UNITS.every((unit: Unit) => (left[unit] ?? 0) === (right[unit] ?? 0));
