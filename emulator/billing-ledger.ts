/**
 * What the emulated provider bills: one record a call, running totals, and which calls are open.
 * It counts only what this provider generated; it knows nothing of what a gateway thinks.
 * It keeps at most CALLS_MAX records; the billed total stays right when the oldest are forgotten.
 */
import { randomUUID } from 'node:crypto';
import { billNanoUsd, NOTHING } from './prices.ts';
import type { BilledUnits, ModelPrice } from './prices.ts';
import { RecentList } from './recent-list.ts';
import type { CredentialKind } from './request-log.ts';

export class BillingLedger {
  readonly #calls = new RecentList<CallRecord>(CALLS_MAX);
  readonly #openCalls = new Set<CallRecord>();
  #closedNanoUsd = 0;

  open({ idPrefix, ...opening }: CallOpening & { readonly idPrefix: string }): CallRecord {
    const call: CallRecord = {
      ...opening,
      id: idPrefix + randomUUID().replaceAll('-', '').slice(0, CALL_ID_CHARACTERS),
      units: { ...NOTHING },
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
const CALL_ID_CHARACTERS = 29;

export type CallEnding = 'complete' | 'client-abort' | 'fault';

export type CallOpening = {
  readonly dialect: string;
  readonly path: string;
  readonly model: string;
  readonly price: ModelPrice | undefined;
  readonly auth: readonly CredentialKind[];
  readonly bodyKeys: readonly string[];
};

/** A running call; whoever serves it adds to the counts as it generates. */
export type CallRecord = CallOpening & {
  readonly id: string;
  units: { -readonly [Name in keyof BilledUnits]: BilledUnits[Name] };
  chunksSent: number;
  endedBy: CallEnding | 'open';
  readonly startedAtMs: number;
  endedAtMs: number | null;
};

export type LedgerCallView = {
  id: string;
  dialect: string;
  path: string;
  model: string;
  auth: readonly CredentialKind[];
  bodyKeys: readonly string[];
  inputTokens: number;
  cachedTokens: number;
  writtenTokens: number;
  outputTokens: number;
  billedNanoUsd: number;
  chunksSent: number;
  endedBy: CallEnding | 'open';
  startedAtMs: number;
  endedAtMs: number | null;
};

export type LedgerView = { billedNanoUsd: number; openStreams: number; calls: LedgerCallView[] };

function billOf(call: CallRecord): number {
  return call.price === undefined ? 0 : billNanoUsd(call.price, call.units);
}

function viewOf(call: CallRecord): LedgerCallView {
  const { units } = call;
  return {
    id: call.id,
    dialect: call.dialect,
    path: call.path,
    model: call.model,
    auth: call.auth,
    bodyKeys: call.bodyKeys,
    inputTokens: units.inputTokens,
    cachedTokens: units.cachedTokens,
    writtenTokens: units.writtenTokens + units.writtenHourTokens,
    outputTokens: units.outputTokens,
    billedNanoUsd: billOf(call),
    chunksSent: call.chunksSent,
    endedBy: call.endedBy,
    startedAtMs: call.startedAtMs,
    endedAtMs: call.endedAtMs,
  };
}
