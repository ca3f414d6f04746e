// Carries settlements to the ledgers off the latency path. They ride along with the next
// reservation that goes to the same object; if none comes within a few milliseconds they travel by
// themselves, all that have gathered in one message and one commit. The hold is durable and its
// lease is running, so a settlement that is lost is charged, never forgiven.

import type { ResolveMessage } from '../../core/ledger/messages.ts';
import { logEvent } from '../observe/log.ts';
import type { LedgerAddress, Ledgers } from './ledgers.ts';

const GATHER_MS = 10;
/** A carrier that was not heard of for this long is gone; the next call takes its place. */
const CARRIER_MS_MAX = 1_000;
const TRIES_MAX = 2;
/** More than this do not ride with one reservation. */
const RIDERS_MAX = 64;

type Bag = { messages: ResolveMessage[]; carrierUntilMs: number };

export class Settlements {
  readonly #ledgers: Ledgers;
  /** Plain values only: nothing of one request's own life is shared with another's. */
  readonly #bags = new Map<LedgerAddress, Bag>();

  constructor(ledgers: Ledgers) {
    this.#ledgers = ledgers;
  }

  /** Hands a settlement over. Await it in `waitUntil`: this request may be the carrier. */
  async send(address: LedgerAddress, message: ResolveMessage): Promise<void> {
    const bag = this.#bags.get(address) ?? { messages: [], carrierUntilMs: 0 };
    this.#bags.set(address, bag);
    bag.messages.push(message);
    const nowMs = Date.now();
    if (nowMs < bag.carrierUntilMs) return;
    bag.carrierUntilMs = nowMs + CARRIER_MS_MAX;
    await scheduler.wait(GATHER_MS);
    bag.carrierUntilMs = 0;
    const messages = this.#take(address, Number.MAX_SAFE_INTEGER);
    // Empty now; an isolate must not remember every ledger it has ever told something.
    this.#bags.delete(address);
    await this.carry(address, messages);
  }

  /**
   * Settlements that may ride with a reservation to this object. Whoever takes them carries them.
   */
  riders(address: LedgerAddress): readonly ResolveMessage[] {
    return this.#take(address, RIDERS_MAX);
  }

  #take(address: LedgerAddress, most: number): readonly ResolveMessage[] {
    return this.#bags.get(address)?.messages.splice(0, most) ?? [];
  }

  /** Delivers, and tries once more on a new stub. Delivering twice is harmless. */
  async carry(address: LedgerAddress, messages: readonly ResolveMessage[]): Promise<void> {
    if (messages.length === 0) return;
    for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
      try {
        await this.#ledgers.at(address).resolve(messages);
        return;
      } catch (cause) {
        const overloaded = (cause as { overloaded?: boolean }).overloaded === true;
        if (!overloaded && attempt < TRIES_MAX) continue;
        logEvent('settlement-lost', { address, calls: messages.length, cause: String(cause) });
        return;
      }
    }
  }
}
