// Carries settlements to the ledgers off the latency path. Settlements of several calls for the same
// object that end within a few milliseconds travel as one message and one commit. The hold is durable
// and its lease is running, so a settlement that is lost is charged, never forgiven.

import type { ResolveMessage } from '../../core/ledger/messages.ts';
import { logEvent } from '../observe/log.ts';
import type { LedgerAddress, Ledgers } from './ledgers.ts';

const COALESCE_MS = 4;
/** A carrier that was not heard of for this long is gone; the next call takes its place. */
const CARRIER_MS_MAX = 1_000;
const MESSAGES_MAX = 256;
const TRIES_MAX = 2;

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
    const carried = nowMs < bag.carrierUntilMs && bag.messages.length < MESSAGES_MAX;
    if (carried) return;
    bag.carrierUntilMs = nowMs + CARRIER_MS_MAX;
    await scheduler.wait(COALESCE_MS);
    const { messages } = bag;
    this.#bags.delete(address);
    if (messages.length > 0) await this.#carry(address, messages);
  }

  async #carry(address: LedgerAddress, messages: readonly ResolveMessage[]): Promise<void> {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
      try {
        const replies = await this.#ledgers.at(address).resolve(messages);
        for (const { key, status } of replies) {
          if (status === 'settled-over-hold') logEvent('estimate-overrun', { key, address });
        }
        return;
      } catch (cause) {
        const overloaded = (cause as { overloaded?: boolean }).overloaded === true;
        if (!overloaded && attempt < TRIES_MAX) continue;
        logEvent('settlement-lost', {
          address,
          calls: messages.length,
          cause: String(cause),
        });
        return;
      }
    }
  }
}
