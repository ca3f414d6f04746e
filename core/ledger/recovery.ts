// What a hold's row says about its accounts after a restart. Accounts are written now and then;
// holds are written at once. An account that was written before a hold ended learns of it here.

import { type Account, move } from './account.ts';
import type { Hold, Taken } from './hold.ts';
import { heldMovements } from './ledger.ts';
import { withSlot } from './outstanding.ts';
import { chargedMovements } from './resolve.ts';

/** The account's own row knows a rolling window's rate better than the hold does, if it has one. */
const knowsRate = (account: Account, { name, windowId }: Taken): boolean =>
  account.cells[name]?.some((cell) => cell.windowId === windowId && cell.leak !== undefined) ??
  false;

/** Whatever became of the call: its challenge was redeemed. */
function redeemed(account: Account, hold: Hold, index: number): Account {
  const slot = hold.accounts[index]?.slot;
  return slot === undefined ? account : withSlot(account, slot);
}

/** A hold that ended after the account was written: its charge counts, nothing is on hold. */
export function withCharge(account: Account, hold: Hold, index: number): Account {
  const taken = hold.accounts[index]?.taken ?? [];
  const movements = chargedMovements(taken, hold.charged).map((movement, at) => {
    const one = taken[at];
    if (one?.leak === undefined || knowsRate(account, one)) return { ...movement, held: 0 };
    return { ...movement, held: 0, leak: one.leak };
  });
  // It was taken at a later time than it ended where the clock stepped back in between.
  const timeMs = Math.max(hold.reservedAtMs, hold.resolvedAtMs);
  return move(redeemed(account, hold, index), movements, timeMs);
}

/** A hold that is still open: what it took is on hold again. */
export function withHeld(account: Account, hold: Hold, index: number): Account {
  const taken = (hold.accounts[index]?.taken ?? []).map((one) => {
    const { leak: _known, ...rest } = one;
    return knowsRate(account, one) ? rest : one;
  });
  return move(redeemed(account, hold, index), heldMovements(taken), hold.reservedAtMs);
}
