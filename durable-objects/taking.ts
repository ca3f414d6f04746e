// What takes amounts, within one turn: reservations and extensions. It answers, or says which
// shared budgets are short here, so that their roots can be asked before the answer.

import { EMPTY_ACCOUNT, viewCounter } from '../core/ledger/account.ts';
import { emptyHold, type Hold } from '../core/ledger/hold.ts';
import * as ledger from '../core/ledger/ledger.ts';
import type {
  ExtendMessage,
  Place,
  ReserveMessage,
  ReserveReply,
  Switched,
} from '../core/ledger/messages.ts';
import { repeated } from '../core/ledger/resolve.ts';
import { type Amounts, combine } from '../core/ledger/unit.ts';
import { present } from '../core/result.ts';
import type { ExtendStatus } from '../core/ledger/status.ts';
import { type Bounds, boundsOf, withBounds } from './bounds.ts';
import type { LedgerStore } from './ledger-store.ts';
import { type Party, partiesOf, party, sharedOf, shortOf, withRoots } from './parties.ts';
import type { SharedBudget } from './slices.ts';
import { sameAmounts } from './stored-forms.ts';

export const OPEN_HOLDS_MAX = 4_096;

/** `short`: less than everything of a shared budget is not yet an answer. */
export type Mode = ledger.Mode | 'unreachable';

/** Not answered: these budgets are short here. */
export type Short = { readonly short: readonly SharedBudget[] };

export class Taking {
  readonly #store: LedgerStore;

  constructor(store: LedgerStore) {
    this.#store = store;
  }

  #put(parties: readonly Party[], accounts: readonly ledger.Party['account'][]): void {
    parties.forEach(({ principal, isNewborn }, index) => {
      this.#store.putAccount(principal, accounts[index] ?? EMPTY_ACCOUNT, isNewborn);
    });
  }

  reserve(
    message: ReserveMessage,
    place: Place,
    nowMs: number,
    mode: Mode,
    switched: Switched | null,
  ): ReserveReply | Short {
    const parties = partiesOf(this.#store, message.accounts, place, nowMs);
    if (parties.some(({ account }) => account.movedTo !== undefined)) return { status: 'moved' };
    if (switched !== null) {
      // A second time is answered as the first was: what is held is known to whoever holds it.
      if (this.#store.hold(message.key) !== null) return this.#answerAgain(message, parties, nowMs);
      this.#spendNonce(message, nowMs);
      return switched;
    }
    const bounds = boundsOf(this.#store, message, nowMs);
    if ('status' in bounds) {
      if (this.#store.hold(message.key) !== null) return this.#answerAgain(message, parties, nowMs);
      if (bounds.status !== 'conversation-unknown' || !bounds.isPending) {
        this.#spendNonce(message, nowMs);
      }
      return bounds;
    }
    const full = this.#store.openHolds().size >= OPEN_HOLDS_MAX;
    const ask = message.accounts.length === 0 ? { ...message, amounts: {} } : message;
    const outcome = ledger.reserve(parties, ask, nowMs, mode === 'short' ? 'short' : 'final');
    if (!('status' in outcome) && !full) {
      return (
        this.#hold(outcome, bounds, parties, nowMs) ?? this.#answerAgain(message, parties, nowMs)
      );
    }
    // A second time is answered as the first was, whatever the money says by now.
    if (this.#store.hold(message.key) !== null) return this.#answerAgain(message, parties, nowMs);
    if (!('status' in outcome)) {
      this.#spendNonce(message, nowMs);
      return { status: 'too-many-holds' };
    }
    const { status, principal, counter, sliced } = outcome;
    const short = mode === 'short' ? shortOf(outcome, parties, place) : [];
    if (short.length > 0) return { short };
    this.#spendNonce(message, nowMs);
    if (sliced && mode === 'unreachable') return { status: 'root-unreachable' };
    return { status, counter: { ...counter, principal } };
  }

  /** Null if there is such a hold already. */
  #hold(
    reserved: ledger.Reserved,
    bounds: Bounds,
    parties: readonly Party[],
    nowMs: number,
  ): ReserveReply | null {
    const { hold: taken, accounts } = withBounds(reserved, bounds);
    const hold = withRoots(taken, parties);
    if (!this.#store.insertHold(hold)) return null;
    this.#put(parties, accounts);
    if (bounds.answer !== null) this.#store.answers.count(bounds.answer, 1);
    return this.#heldReply('held', hold, parties, nowMs);
  }

  /** The row spends the nonce, whatever the money says. */
  #spendNonce({ key, attempt, nonceExpiresAtMs }: ReserveMessage, nowMs: number): void {
    if (nonceExpiresAtMs === null) return;
    this.#store.insertHold(emptyHold(key, attempt, 'refused', nowMs));
  }

  #heldReply(
    status: 'held' | 'exists',
    hold: Hold,
    parties: readonly Party[],
    nowMs: number,
  ): ReserveReply {
    const counters = parties.flatMap(({ principal, limits, sliced, isCounted }) =>
      limits
        .filter(({ unit }) => !sliced && (isCounted || unit === 'nanoUsd'))
        .map((limit) => ({
          ...viewCounter(this.#store.account(principal), limit, nowMs),
          principal,
        })),
    );
    return { status, granted: hold.amounts, counters };
  }

  #answerAgain(message: ReserveMessage, parties: readonly Party[], nowMs: number): ReserveReply {
    const earlier = present(this.#store.hold(message.key), 'hold');
    if (earlier.attempt !== message.attempt) return { status: 'replayed' };
    if (earlier.status !== 'held') return { status: 'already-resolved' };
    if (message.accounts.length > 0 && !sameAmounts(earlier.asked, message.amounts)) {
      return { status: 'exists-with-different-amount' };
    }
    return this.#heldReply('exists', earlier, parties, nowMs);
  }

  /** What an extension asks for beyond what is held. */
  extra({ key, amounts }: ExtendMessage): Amounts {
    const held = this.#store.hold(key)?.amounts ?? {};
    return combine(amounts, held, (target, taken) => Math.max(0, target - taken));
  }

  extend(message: ExtendMessage, place: Place, nowMs: number, mode: Mode): ExtendStatus | Short {
    const hold = this.#store.hold(message.key);
    if (hold === null) return 'unknown';
    if (hold.attempt !== message.attempt) return 'not-yours';
    const late = repeated(hold);
    if (late !== null) return late as ExtendStatus;
    // What is more than went along with the account would be counted nowhere.
    if (
      hold.accounts.some(({ principal }) => this.#store.account(principal).movedTo !== undefined)
    ) {
      return 'moved';
    }
    const named = partiesOf(this.#store, message.accounts, place, nowMs);
    // The hold's own accounts in its order: what it was not taken from, it cannot be raised in.
    const parties = hold.accounts.map(
      ({ principal, root = null }) =>
        named.find((one) => one.principal === principal) ??
        party(principal, this.#store.account(principal), [], root, false),
    );
    const outcome = ledger.extend(hold, parties, message.amounts, nowMs);
    if (outcome.status !== 'extended') {
      const short = mode === 'short' ? shortOf(outcome, parties, place) : [];
      return short.length > 0 ? { short } : outcome.status;
    }
    if (outcome.hold.accounts.some(({ taken }) => taken.length > ledger.TAKEN_MAX)) {
      return 'too-many-windows';
    }
    if (sameAmounts(outcome.hold.amounts, hold.amounts)) return 'extended';
    this.#store.updateHold(outcome.hold, null);
    this.#put(parties, outcome.accounts);
    return 'extended';
  }

  /** The shared budgets that a call spends from slices here. */
  shared(message: Pick<ReserveMessage, 'accounts'>, place: Place): readonly SharedBudget[] {
    return sharedOf(partiesOf(this.#store, message.accounts, place, 0));
  }
}

/** A proof whose time is over, before anything else is looked at. */
export const expired = (
  { nonceExpiresAtMs }: ReserveMessage,
  nowMs: number,
): ReserveReply | null =>
  nonceExpiresAtMs !== null && nonceExpiresAtMs <= nowMs ? { status: 'proof-expired' } : null;
