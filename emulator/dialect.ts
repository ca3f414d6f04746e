/**
 * What the emulator has to know of one provider's API to serve it: how to read a call, how to
 * answer it, and how that provider says no. A dialect refuses to know sockets, pace and the
 * ledger's arithmetic; those are the same for all.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Answer } from './answer-frame.ts';
import type { PromptCache } from './anthropic/prompt-cache.ts';
import type { CallRecord } from './billing-ledger.ts';
import type { BilledInput, ModelPrice } from './prices.ts';
import type { RequestBody } from './request-body.ts';
import type { ScriptRun } from './script-run.ts';

export type Dialect = {
  readonly id: string;
  /** What the ids of its answers begin with; the ledger's record has the same id. */
  readonly idPrefix: string;
  readonly voice: ProviderVoice;
  read(received: ReceivedCall): DialectCall | ProviderError;
};

export type ReceivedCall = {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  /** Where the path names it, as Gemini's does. */
  readonly modelInPath: string | undefined;
  readonly promptCache: PromptCache;
};

/** A call that was understood. */
export type DialectCall = {
  readonly model: string;
  /** Undefined for what is free: counting tokens. */
  readonly price: ModelPrice | undefined;
  readonly input: BilledInput;
  answer(asked: AskedAnswer): Answer;
};

export type AskedAnswer = {
  readonly run: ScriptRun;
  readonly record: CallRecord;
  /** How many calls this script has served before. */
  readonly callsBefore: number;
  /** The request as it came. */
  readonly bodyText: string;
};

export type ProviderError = { readonly status: number; readonly body: unknown };

/** How one provider refuses, whatever the endpoint. */
export type ProviderVoice = {
  headers(): OutgoingHttpHeaders;
  /** The credential, where it came as this provider takes it. */
  keyOf(received: Pick<ReceivedCall, 'headers' | 'query'>): string | undefined;
  missingKey(): ProviderError;
  /** Repeats the key, as a careless provider would. */
  wrongKey(key: string): ProviderError;
  rateLimited(model: string): ProviderError;
  serverError(): ProviderError;
  wrongMethod(method: string, path: string): ProviderError;
};

export function isProviderError(value: object): value is ProviderError {
  return 'status' in value;
}

/** `Authorization: Bearer …`, as most take it. */
export function bearerKey(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
}
