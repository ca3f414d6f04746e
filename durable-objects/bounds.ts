// What a call may not do whatever money it has: use more challenges that were fetched ahead than
// may be outstanding, go on from an answer that was not given or has been continued already, or go
// on with a loop that did not begin here.
// Looked up here and taken with the hold, in the same turn, so that two calls never both take the
// last one.

import { begun } from '../core/ledger/began.ts';
import type { AnswerName } from '../core/ledger/hold.ts';
import type { Reserved } from '../core/ledger/ledger.ts';
import type { ReserveMessage } from '../core/ledger/messages.ts';
import { type OutstandingSlot, slotFor, withSlot } from '../core/ledger/outstanding.ts';
import type { LedgerStore } from './ledger-store.ts';

export type Bounds = { readonly slot: OutstandingSlot | null; readonly answer: AnswerName | null };

export type Barred =
  | { readonly status: 'too-many-outstanding' | 'conversation-forked' | 'run-unknown' }
  | { readonly status: 'conversation-unknown'; readonly isPending: boolean };

/** Those of the first account, which is the primary principal's, then those of its loop. */
export function boundsOf(
  store: LedgerStore,
  message: ReserveMessage,
  nowMs: number,
): Bounds | Barred {
  const bounds = ownBoundsOf(store, message, nowMs);
  if ('status' in bounds) return bounds;
  const isUnknown = message.accounts.some(
    ({ principal, run }) =>
      run !== undefined && begun(store.account(principal), run, nowMs) === null,
  );
  return isUnknown ? { status: 'run-unknown' } : bounds;
}

function ownBoundsOf(
  store: LedgerStore,
  { accounts: [first], solvedAhead, continues }: ReserveMessage,
  nowMs: number,
): Bounds | Barred {
  if (first === undefined) return { slot: null, answer: null };
  const { principal } = first;
  let slot: OutstandingSlot | null = null;
  if (solvedAhead !== undefined) {
    // By the wall clock, as the challenge was: an account's own time runs ahead after a step back.
    slot = slotFor(store.account(principal), solvedAhead, nowMs);
    if (slot === null) return { status: 'too-many-outstanding' };
  }
  if (continues === undefined) return { slot, answer: null };
  const answer = store.answers.look(principal, continues, nowMs);
  if (answer === 'conversation-forked') return { status: answer };
  if (answer !== 'conversation-unknown') return { slot, answer };
  return { status: answer, isPending: !continues.isFinal && hasOpenCall(store, principal) };
}

/** A caller who has read the answer to its end is often back before the settlement is here. */
const hasOpenCall = (store: LedgerStore, principal: string): boolean =>
  [...store.openHolds().values()].some(({ accounts: [first] }) => first?.principal === principal);

/** The hold and the accounts with what these bounds take. */
export function withBounds({ hold, accounts }: Reserved, { slot, answer }: Bounds): Reserved {
  const [first] = accounts;
  const continued = answer === null ? hold : { ...hold, continues: answer };
  if (slot === null || first === undefined) return { hold: continued, accounts };
  return {
    hold: {
      ...continued,
      accounts: continued.accounts.map((one, index) => (index === 0 ? { ...one, slot } : one)),
    },
    accounts: [withSlot(first, slot), ...accounts.slice(1)],
  };
}
