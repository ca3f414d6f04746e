// What ends a hold, within one turn: settlements, releases, renewals, leases that ran out. And what
// is corrected afterwards, which is always a row of its own.

import {
  type Account,
  type Cell,
  cellAt,
  counterName,
  type Limit,
  move,
  type Movement,
} from '../core/ledger/account.ts';
import { emptyHold, type Hold, type Taken } from '../core/ledger/hold.ts';
import { renew } from '../core/ledger/ledger.ts';
import type { AdjustMessage, RefundMessage, ResolveMessage } from '../core/ledger/messages.ts';
import type { Correction } from '../core/ledger/peer-messages.ts';
import {
  afterResolution,
  chargedMovements,
  expire,
  missingFrom,
  release,
  repeated,
  type Resolution,
  settle,
} from '../core/ledger/resolve.ts';
import type { AdjustStatus, ResolveStatus } from '../core/ledger/status.ts';
import { type Amounts, combine } from '../core/ledger/unit.ts';
import { windowId } from '../core/ledger/window.ts';
import type { LedgerStore } from './ledger-store.ts';
import { sameAmounts } from './stored-forms.ts';

const ADJUSTMENTS_PER_CALL_MAX = 64;

type AdjustmentRow = { readonly amounts: Amounts; readonly reason: string; readonly atMs: number };

export class Ending {
  readonly #store: LedgerStore;
  /** Tells whoever listens that a hold is over. */
  readonly #ended: (hold: Hold) => void;

  /** Carries what another object has to hear. */
  readonly #correct: (correction: Correction) => void;

  constructor(
    store: LedgerStore,
    ended: (hold: Hold) => void,
    correct: (correction: Correction) => void,
  ) {
    this.#store = store;
    this.#ended = ended;
    this.#correct = correct;
  }

  resolve(message: ResolveMessage, nowMs: number): ResolveStatus {
    const { key, attempt, act, record } = message;
    const hold = this.#store.hold(key);
    if (hold === null) {
      this.#store.insertHold(emptyHold(key, attempt, 'released', nowMs));
      return 'unknown';
    }
    if (hold.attempt !== attempt) return 'not-yours';
    if (act.kind === 'renew') {
      const late = repeated(hold);
      if (late !== null) return late;
      this.#store.updateHold(renew(hold, act.metered, act.leaseMs, nowMs), record);
      return 'renewed';
    }
    const outcome = act.kind === 'settle' ? settle(hold, act, nowMs) : release(hold, nowMs);
    const { observed } = message;
    if (outcome.hold !== hold) {
      this.#end(outcome, record);
      if (act.kind === 'settle' && observed !== undefined) {
        this.#store.impacts.add(observed, act.amounts.nanoUsd ?? 0, nowMs);
      }
    }
    if (outcome.hold === hold && record !== null) this.#store.putRecord(key, record);
    this.#store.answers.end(hold, message, outcome.hold !== hold, nowMs);
    if (act.kind === 'settle' && outcome.status === 'already-expired') {
      this.#correctExpired(hold, act.amounts, nowMs);
    }
    return outcome.status;
  }

  #end({ hold: ended }: Resolution, record: string | null): void {
    // In the accounts' own time, should the clock have stepped back: a restart counts alike.
    const times = ended.accounts.map(({ principal }) => this.#store.account(principal).clockMs);
    const hold = { ...ended, resolvedAtMs: Math.max(ended.resolvedAtMs, ...times) };
    hold.accounts.forEach(({ principal }, index) => {
      const account = this.#store.account(principal);
      this.#store.putAccount(principal, afterResolution(account, hold, index));
    });
    this.#store.updateHold(hold, record);
    this.#store.statements.add(hold);
    this.#ended(hold);
  }

  /** Charges every hold whose lease ran out; when the next one does. */
  expireDue(nowMs: number): number {
    let next = Number.MAX_SAFE_INTEGER;
    for (const hold of this.#store.openHolds().values()) {
      if (hold.leaseEndsAtMs > nowMs) next = Math.min(next, hold.leaseEndsAtMs);
      else this.#end(expire(hold, nowMs), null);
    }
    return next;
  }

  /** The truth came after all and is dearer: the difference is charged as well. */
  #correctExpired(hold: Hold, actual: Amounts, nowMs: number): void {
    const missing = missingFrom(hold, actual);
    if (missing === null) return;
    const earlier = this.#store.side.get('adjustment', hold.key, 'late');
    if (earlier !== null) return;
    const by = { id: 'late', reason: 'settled after its lease ended' };
    this.#adjustHold(hold, hold.charged, missing, by, nowMs);
    const own = withoutShared(hold);
    for (const one of this.#elsewhere(own, hold.charged, missing, by.id)) this.#correct(one);
  }

  /** So much was charged so far, and now so much more or less. */
  #adjustHold(
    hold: Hold,
    before: Amounts,
    amounts: Amounts,
    { id, reason }: { readonly id: string; readonly reason: string },
    nowMs: number,
  ): void {
    const after = combine(before, amounts, (charged, more) => charged + more);
    for (const { principal, taken } of hold.accounts) {
      const account = move(
        this.#store.account(principal),
        differences(taken, before, after),
        nowMs,
      );
      this.#store.putAccount(principal, floored(account), true);
    }
    this.#write(hold.key, id, { amounts, reason, atMs: nowMs });
    this.#store.statements.adjust(hold, amounts.nanoUsd ?? 0);
    this.#store.checkpoint();
  }

  #write(subject: string, id: string, row: AdjustmentRow): void {
    this.#store.side.put('adjustment', subject, id, JSON.stringify(row));
  }

  #existing(subject: string, id: string, amounts: Amounts): AdjustStatus | null {
    const body = this.#store.side.get('adjustment', subject, id);
    if (body === null) return null;
    const row = JSON.parse(body) as AdjustmentRow;
    return sameAmounts(row.amounts, amounts) ? 'exists' : 'exists-with-different-amount';
  }

  /** Moves a principal's counters by hand. Nothing falls below zero. */
  adjust(message: AdjustMessage, nowMs: number): AdjustStatus {
    const { id, principal, amounts, limits, atMs, reason } = message;
    const existing = this.#existing(principal, id, amounts);
    if (existing !== null) return existing;
    const account = this.#store.account(principal);
    const movements = limits.flatMap((limit) =>
      movementOf(limit, amounts, atMs, cellAt(account, limit, nowMs)),
    );
    const after = move(account, movements, nowMs);
    const belowZero = Object.values(after.cells).some((cells) =>
      cells.some((cell) => cell.used < 0),
    );
    if (belowZero) return 'exceeds-used';
    this.#store.putAccount(principal, after, true);
    this.#write(principal, id, { amounts, reason, atMs: nowMs });
    return 'adjusted';
  }

  /** Gives back part of a call's charge in every counter it was charged in. */
  refund({ id, key, nanoUsd, reason }: RefundMessage, nowMs: number): Refunded {
    const amounts = { nanoUsd: -nanoUsd };
    const hold = this.#store.hold(key);
    const existing = this.#existing(key, id, amounts);
    // Those who keep the account elsewhere are told again: they may not have heard of it.
    if (existing === 'exists' && hold !== null) {
      return { status: existing, corrections: this.#elsewhere(hold, hold.charged, amounts, id) };
    }
    if (existing !== null) return refused(existing);
    if (hold === null) return refused('unknown');
    if (hold.status === 'held') return refused('still-held');
    const rows = this.#store.side.of('adjustment', key, ADJUSTMENTS_PER_CALL_MAX);
    let left = hold.charged.nanoUsd ?? 0;
    for (const { body } of rows) left += (JSON.parse(body) as AdjustmentRow).amounts.nanoUsd ?? 0;
    if (nanoUsd > left || rows.length >= ADJUSTMENTS_PER_CALL_MAX) return refused('exceeds-charge');
    const before = { ...hold.charged, nanoUsd: left };
    this.#adjustHold(withoutShared(hold), before, amounts, { id, reason }, nowMs);
    return { status: 'adjusted', corrections: this.#elsewhere(hold, before, amounts, id) };
  }

  /** What the keepers of accounts have to hear: new homes of those that moved, roots of slices. */
  #elsewhere(hold: Hold, before: Amounts, amounts: Amounts, id: string): readonly Correction[] {
    const after = combine(before, amounts, (charged, more) => charged + more);
    return hold.accounts.flatMap(({ principal, taken, root }) => {
      const to = root ?? this.#store.account(principal).movedTo;
      const movements = differences(taken, before, after).filter(({ used }) => used !== 0);
      if (to === undefined || movements.length === 0) return [];
      return [{ to, message: { id: `${hold.key}:${id}`, principal, movements, adjusts: true } }];
    });
  }
}

export type Refunded = {
  readonly status: AdjustStatus;
  readonly corrections: readonly Correction[];
};

const refused = (status: AdjustStatus): Refunded => ({ status, corrections: [] });

/** What changes in each window where a charge changes: the newest ones first. */
function differences(taken: readonly Taken[], before: Amounts, after: Amounts): Movement[] {
  const earlier = chargedMovements(taken, before);
  return chargedMovements(taken, after).map((one, at) => ({
    ...one,
    used: one.used - (earlier[at]?.used ?? 0),
    held: 0,
  }));
}

/** What has drained meanwhile, or was taken back by hand, is not given back again. */
const floored = (account: Account): Account => ({
  ...account,
  cells: Object.fromEntries(
    Object.entries(account.cells).map(([name, cells]) => [
      name,
      cells.map((cell) => (cell.used < 0 ? { ...cell, used: 0 } : cell)),
    ]),
  ),
});

function movementOf(limit: Limit, amounts: Amounts, atMs: number, { leak }: Cell): Movement[] {
  const used = amounts[limit.unit];
  if (used === undefined || used === 0) return [];
  const movement = {
    name: counterName(limit),
    windowId: windowId(limit.window, atMs),
    used,
    held: 0,
  };
  return [leak === undefined ? movement : { ...movement, leak }];
}

/** What a slice has used only grows; a shared budget's refund is its root's to note. */
const withoutShared = (hold: Hold): Hold => ({
  ...hold,
  accounts: hold.accounts.filter(({ root }) => root === undefined),
});
