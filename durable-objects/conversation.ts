// One batch from one Worker: everything it ends, then everything it takes, in one turn. What is
// short only of a shared budget waits until the budget's root was asked, and is then decided anew.

import type {
  Batch,
  BatchReply,
  ExtendReply,
  Place,
  ReserveMessage,
  ReserveReply,
  ResolveMessage,
  ResolveReply,
  Switched,
} from '../core/ledger/messages.ts';
import type { Amounts } from '../core/ledger/unit.ts';
import { present } from '../core/result.ts';
import type { Ending } from './ending.ts';
import type { Root } from './root.ts';
import type { SharedBudget, Slices, Turn } from './slices.ts';
import { expired, type Mode, type Short, type Taking } from './taking.ts';

/** How often the roots are asked before a shortage is an answer. */
const DRAWS_MAX = 3;

/** Answers, or says what is short. */
type Taker = (mode: Mode, nowMs: number) => Short | null;

/** What the object around a ledger has to say about calls. */
export type Judges = {
  /** A refusal that comes before money, e.g. a revoked key. */
  readonly refuse: (message: ReserveMessage, nowMs: number) => ReserveReply | null;
  /** An operator does not want this call. Absent where no switches are kept. */
  readonly switched?: (message: ReserveMessage, nowMs: number) => Switched | null;
  /** True once a call that runs here is to end, e.g. because its key was revoked. */
  readonly stops: (message: ResolveMessage, nowMs: number) => boolean;
};

type Parts = Judges & {
  readonly turn: Turn;
  readonly taking: Taking;
  readonly ending: Ending;
  readonly slices: Slices;
  readonly root: Root;
  /** The turn of a batch has begun. */
  readonly began: (nowMs: number) => void;
  readonly held: (leaseEndsAtMs: number) => void;
};

export class Conversation {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async apply(batch: Batch): Promise<BatchReply> {
    const { turn, ending, began, stops } = this.#parts;
    const reserves = new Map<number, ReserveReply>();
    const extended = new Map<number, ExtendReply>();
    const wanted = new Map<string, SharedBudget>();
    const takers = this.#takers(batch, reserves, extended, wanted);
    let waiting: readonly Taker[] = [];
    const resolves = turn((nowMs): readonly ResolveReply[] => {
      const replies = batch.resolves.map((message) => {
        const status = ending.resolve(message, nowMs);
        const isToEnd = status === 'renewed' && stops(message, nowMs);
        return { key: message.key, status: isToEnd ? 'stopped' : status };
      });
      began(nowMs);
      waiting = take(takers, 'short', nowMs);
      return replies;
    });
    for (let draws = 1; waiting.length > 0; draws += 1) {
      const reached = await this.#draw([...wanted.values()], batch);
      wanted.clear();
      const mode = !reached ? 'unreachable' : draws >= DRAWS_MAX ? 'final' : 'short';
      const again = waiting;
      waiting = turn((nowMs) => take(again, mode, nowMs));
    }
    return {
      resolves,
      reserves: batch.reserves.map((_, index) => present(reserves.get(index), 'reply')),
      extends: batch.extends.map((_, index) => present(extended.get(index), 'reply')),
    };
  }

  #takers(
    batch: Batch,
    reserves: Map<number, ReserveReply>,
    extended: Map<number, ExtendReply>,
    wanted: Map<string, SharedBudget>,
  ): Taker[] {
    const { taking, refuse, switched } = this.#parts;
    return [
      ...batch.reserves.map((message, index): Taker => (mode, nowMs) => {
        const off = switched?.(message, nowMs) ?? null;
        const reply =
          expired(message, nowMs) ??
          refuse(message, nowMs) ??
          taking.reserve(message, batch, nowMs, mode, off);
        if ('short' in reply) {
          return this.#want(reply, message, batch, nowMs, wanted);
        }
        if (reply.status === 'held') this.#held(message, batch, nowMs);
        reserves.set(index, reply);
        return null;
      }),
      ...batch.extends.map((message, index): Taker => (mode, nowMs) => {
        const reply = taking.extend(message, batch, nowMs, mode);
        if (typeof reply !== 'string') {
          const amounts = taking.extra(message);
          return this.#want(reply, { amounts, least: {} }, batch, nowMs, wanted);
        }
        extended.set(index, { key: message.key, status: reply });
        return null;
      }),
    ];
  }

  /** Notes what is missing for the next draw; nothing where no root has anything. */
  #want(
    { short }: Short,
    { amounts, least }: { readonly amounts: Amounts; readonly least: Amounts },
    { self }: Place,
    nowMs: number,
    wanted: Map<string, SharedBudget>,
  ): Short {
    const { slices, root } = this.#parts;
    const hopeful = short.filter((budget) =>
      budget.root === self
        ? !root.isDry(budget.principal)
        : slices.want(budget, amounts, least, nowMs),
    );
    for (const budget of hopeful) wanted.set(budget.principal, budget);
    return { short: hopeful };
  }

  /** False if a root could not be asked. */
  async #draw(budgets: readonly SharedBudget[], place: Place): Promise<boolean> {
    const { slices, root } = this.#parts;
    const drawn = await Promise.allSettled(
      budgets.map((budget) =>
        budget.root === place.self
          ? root.reclaim(budget.principal)
          : slices.draw(budget.principal, place),
      ),
    );
    return drawn.every(({ status }) => status === 'fulfilled');
  }

  #held(message: ReserveMessage, place: Place, nowMs: number): void {
    const { taking, slices, held } = this.#parts;
    held(nowMs + message.leaseMs);
    for (const budget of taking.shared(message, place)) {
      if (budget.root !== place.self) slices.restock(budget, message.amounts, place, nowMs);
    }
  }
}

/** Runs each; those for whom asking the roots may help are left. */
const take = (takers: readonly Taker[], mode: Mode, nowMs: number): readonly Taker[] =>
  takers.filter((taker) => {
    const reply = taker(mode, nowMs);
    if (reply === null) return false;
    if (reply.short.length > 0) return true;
    taker('final', nowMs);
    return false;
  });
