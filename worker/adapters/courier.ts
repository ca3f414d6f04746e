// Carries messages to the ledgers. Settlements travel off the latency path: they ride along with
// the next reservation that goes to the same object; if none comes within a few milliseconds they
// travel by themselves, all that have gathered in one message and one commit. The hold is durable
// and its lease is running, so a settlement that is lost is charged, never forgiven.
//
// I/O belongs to the request that started it and dies with it. So requests share plain values here,
// never a promise and never each other's resolvers: a reservation is carried by its own request.

import type {
  Batch,
  BatchReply,
  ReserveMessage,
  ReserveReply,
  ResolveMessage,
  ResolveReply,
} from '../../core/ledger/messages.ts';
import type { ExtendStatus } from '../../core/ledger/status.ts';
import type { Amounts } from '../../core/ledger/unit.ts';
import { present } from '../../core/result.ts';
import { logEvent } from '../observe/log.ts';
import type { LedgerAddress, Ledgers } from './ledgers.ts';

const GATHER_MS = 10;
/** A carrier that was not heard of for this long is gone; the next call takes its place. */
const CARRIER_MS_MAX = 1_000;
/** More than this do not ride with one reservation. */
const RIDERS_MAX = 64;
const ANSWER_MS_MAX = 3_000;
const TRIES_MAX = 2;
/** Between questions for an answer that a call on its way may still give: 1.27 s in all. */
const PENDING_WAITS_MS = [10, 20, 40, 80, 160, 320, 640] as const;

export type WaitUntil = (work: Promise<unknown>) => void;

export type Asked = { readonly address: LedgerAddress; readonly message: ReserveMessage };

export type Answer =
  { readonly reply: ReserveReply } | { readonly reply: null; readonly cause: unknown };

/** What an object says to an extension, or that it says nothing. */
export type Extension = ExtendStatus | 'silent';

/** Settlements on their way to one object. */
type Bag = { resolves: ResolveMessage[]; carrierUntilMs: number };

type Flags = { readonly overloaded?: boolean; readonly retryable?: boolean };

/** The platform's word that trying again may help. An overloaded object is left alone. */
const mayRetry = (cause: unknown): boolean => {
  const { overloaded, retryable } = (cause ?? {}) as Flags;
  return overloaded !== true && retryable === true;
};

/** All of them, or this in the place of those that take too long. */
async function inTime<Value>(
  works: readonly Promise<Value>[],
  late: Value,
): Promise<readonly Value[]> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const deadline = new Promise<Value>((resolve) => {
    timer = setTimeout(() => {
      resolve(late);
    }, ANSWER_MS_MAX);
  });
  const values = await Promise.all(works.map((work) => Promise.race([work, deadline])));
  if (timer !== null) clearTimeout(timer);
  return values;
}

export class Courier {
  readonly #ledgers: Ledgers;
  readonly #bags = new Map<LedgerAddress, Bag>();

  constructor(ledgers: Ledgers) {
    this.#ledgers = ledgers;
  }

  #apply(address: LedgerAddress, part: Partial<Batch>): Promise<BatchReply> {
    const place = this.#ledgers.placeOf(address);
    const batch = { ...place, resolves: [], reserves: [], extends: [], ...part };
    // A stub that has failed once is dead: a new one for every use.
    return this.#ledgers.at(address).apply(batch);
  }

  /** An answer or a failure of each, in their order, at the deadline at the latest. */
  reserve(asked: readonly Asked[], waitUntil: WaitUntil): Promise<readonly Answer[]> {
    const late: Answer = { reply: null, cause: 'the ledger did not answer in time' };
    return inTime(
      asked.map((one) => this.#ask(one, waitUntil)),
      late,
    );
  }

  /**
   * One object's answer. A caller who has read an answer to its end may be back before the ledger
   * has heard of it, through another isolate or this one: then a little later it will have.
   */
  async #ask(asked: Asked, waitUntil: WaitUntil): Promise<Answer> {
    for (const waitMs of PENDING_WAITS_MS) {
      const answer = await this.#askOnce(asked, waitUntil);
      if (answer.reply?.status !== 'conversation-unknown' || !answer.reply.isPending) return answer;
      await scheduler.wait(waitMs);
    }
    const { address, message } = asked;
    const { continues, ...rest } = message;
    const last =
      continues === undefined ? rest : { ...rest, continues: { ...continues, isFinal: true } };
    return this.#askOnce({ address, message: last }, waitUntil);
  }

  /** Every part of a message has an id: a second try is harmless. */
  async #askOnce({ address, message }: Asked, waitUntil: WaitUntil): Promise<Answer> {
    const resolves = this.#take(address, RIDERS_MAX);
    for (let tries = 1; ; tries += 1) {
      try {
        const { reserves } = await this.#apply(address, { resolves, reserves: [message] });
        return { reply: present(reserves[0], 'reply') };
      } catch (cause) {
        if (tries < TRIES_MAX && mayRetry(cause)) continue;
        waitUntil(this.#carry(address, resolves));
        return { reply: null, cause };
      }
    }
  }

  /** Hands a settlement over. Await it in `waitUntil`: this request may be the carrier. */
  async send(address: LedgerAddress, message: ResolveMessage): Promise<void> {
    const bag = this.#bags.get(address) ?? { resolves: [], carrierUntilMs: 0 };
    this.#bags.set(address, bag);
    bag.resolves.push(message);
    const nowMs = Date.now();
    if (nowMs < bag.carrierUntilMs) return;
    bag.carrierUntilMs = nowMs + CARRIER_MS_MAX;
    await scheduler.wait(GATHER_MS);
    bag.carrierUntilMs = 0;
    const resolves = this.#take(address, Number.MAX_SAFE_INTEGER);
    // Empty now; an isolate must not remember every ledger it has ever told something.
    this.#bags.delete(address);
    await this.#carry(address, resolves);
  }

  /** Whoever takes them carries them. */
  #take(address: LedgerAddress, most: number): readonly ResolveMessage[] {
    return this.#bags.get(address)?.resolves.splice(0, most) ?? [];
  }

  /** Delivers, and tries once more: nobody waits for a settlement. */
  async #carry(address: LedgerAddress, resolves: readonly ResolveMessage[]): Promise<void> {
    if (resolves.length === 0) return;
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      try {
        await this.#apply(address, { resolves });
        return;
      } catch (cause) {
        if (tries < TRIES_MAX && (cause as Flags).overloaded !== true) continue;
        logEvent('settlement-lost', { address, calls: resolves.length, cause: String(cause) });
        return;
      }
    }
  }

  /**
   * Raises the holds of a running call to these amounts. What each object says, at the deadline at
   * the latest; `silent` where one said nothing. One without an account of the call is not asked.
   */
  extend(asked: readonly Asked[], amounts: Amounts): Promise<readonly Extension[]> {
    const holding = asked.filter(({ message }) => message.accounts.length > 0);
    return inTime<Extension>(
      holding.map((one) => this.#extendOnce(one, amounts)),
      'silent',
    );
  }

  /** Amounts are totals: a second try is harmless. */
  async #extendOnce({ address, message }: Asked, amounts: Amounts): Promise<Extension> {
    const { key, attempt, accounts } = message;
    for (let tries = 1; ; tries += 1) {
      try {
        const batch = { extends: [{ key, attempt, accounts, amounts }] };
        const { extends: replies } = await this.#apply(address, batch);
        return present(replies[0], 'reply').status;
      } catch (cause) {
        if (tries < TRIES_MAX && mayRetry(cause)) continue;
        logEvent('ledger-unreachable', { address, cause: String(cause) });
        return 'silent';
      }
    }
  }

  /** Renews one call's lease, in its own time. Throws if the object is silent. */
  async renew(address: LedgerAddress, message: ResolveMessage): Promise<ResolveReply['status']> {
    const { resolves } = await this.#apply(address, { resolves: [message] });
    return present(resolves[0], 'reply').status;
  }
}
