// The latest refusals of this isolate, for an operator who asks about a request id. A refusal that
// never reached a ledger must not buy its sender a stored row, so it is kept here, bounded, and in
// the log.

import { BoundedMap } from '../bounded-map.ts';

const REFUSALS_MAX = 2_000;

const recent = new BoundedMap<Readonly<Record<string, unknown>>>(REFUSALS_MAX);

export const rememberRefusal = (
  requestId: string,
  record: Readonly<Record<string, unknown>>,
): void => recent.set(requestId, record);

export const recallRefusal = (requestId: string): Readonly<Record<string, unknown>> | null =>
  recent.get(requestId) ?? null;
