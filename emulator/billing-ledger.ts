/**
 * What the emulated provider bills: one record a call, running totals, and which calls are open.
 * It counts only what this provider generated; it knows nothing of what a gateway thinks.
 * It keeps at most CALLS_MAX records; the billed total stays right when the oldest are forgotten.
 */
import { randomUUID } from 'node:crypto';
import { billNanoUsd } from './prices.ts';
import type { ModelPrice } from './prices.ts';
import { RecentList } from './recent-list.ts';

export class BillingLedger {
  readonly #calls = new RecentList<CallRecord>(CALLS_MAX);
  readonly #openCalls = new Set<CallRecord>();
  #closedNanoUsd = 0;

  open(path: string, model: string, price: ModelPrice | undefined): CallRecord {
    const call: CallRecord = {
      id: `chatcmpl-${randomUUID().replaceAll('-', '').slice(0, COMPLETION_ID_CHARACTERS)}`,
      path,
      model,
      price,
      inputTokens: 0,
      cachedTokens: 0,
      outputTokens: 0,
      chunksSent: 0,
      endedBy: 'open',
      startedAtMs: Date.now(),
      endedAtMs: null,
    };
    this.#calls.add(call);
    this.#openCalls.add(call);
    return call;
  }

  /** Closing twice, or closing a call that was forgotten by a reset, changes nothing. */
  close(call: CallRecord, endedBy: CallEnding): void {
    if (!this.#openCalls.delete(call)) return;
    call.endedBy = endedBy;
    call.endedAtMs = Date.now();
    this.#closedNanoUsd += billOf(call);
  }

  forget(): void {
    this.#calls.clear();
    this.#openCalls.clear();
    this.#closedNanoUsd = 0;
  }

  view(): LedgerView {
    let billedNanoUsd = this.#closedNanoUsd;
    for (const call of this.#openCalls) billedNanoUsd += billOf(call);
    const calls = this.#calls.values().map(viewOf);
    return { billedNanoUsd, openStreams: this.#openCalls.size, calls };
  }
}

const CALLS_MAX = 200_000;
const COMPLETION_ID_CHARACTERS = 29;

export type CallEnding = 'complete' | 'client-abort' | 'fault';

/** A running call; whoever serves it adds to the token counts as it generates. */
export type CallRecord = {
  readonly id: string;
  readonly path: string;
  readonly model: string;
  readonly price: ModelPrice | undefined;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  chunksSent: number;
  endedBy: CallEnding | 'open';
  readonly startedAtMs: number;
  endedAtMs: number | null;
};

export type LedgerCallView = {
  id: string;
  path: string;
  model: string;
  inputTokens: number;
  outputTokens: number;
  billedNanoUsd: number;
  chunksSent: number;
  endedBy: CallEnding | 'open';
  startedAtMs: number;
  endedAtMs: number | null;
};

export type LedgerView = { billedNanoUsd: number; openStreams: number; calls: LedgerCallView[] };

function billOf(call: CallRecord): number {
  return call.price === undefined ? 0 : billNanoUsd(call.price, call);
}

function viewOf(call: CallRecord): LedgerCallView {
  return {
    id: call.id,
    path: call.path,
    model: call.model,
    inputTokens: call.inputTokens,
    outputTokens: call.outputTokens,
    billedNanoUsd: billOf(call),
    chunksSent: call.chunksSent,
    endedBy: call.endedBy,
    startedAtMs: call.startedAtMs,
    endedAtMs: call.endedAtMs,
  };
}
