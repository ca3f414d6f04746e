// A call's key in the ledger: a minute and 16 bytes. For a proven call both come out of the signed
// challenge, so the row that holds the money is the row that spends the nonce, and a replay finds
// it. Keys sort by time, which is what lets old rows be pruned without an index.

import { toBase64Url } from '../bytes.ts';

const MINUTE_DIGITS = 7;

/** Base 36, fixed width: sorts as text the way it sorts as a number. Good for 4,000 years. */
const minute = (timeMs: number): string =>
  Math.floor(timeMs / 60_000)
    .toString(36)
    .padStart(MINUTE_DIGITS, '0');

export const callKey = (timeMs: number, nonce: Uint8Array): string =>
  `${minute(timeMs)}_${toBase64Url(nonce)}`;

/** Every key of an earlier minute sorts before this. */
export const keyFloor = (timeMs: number): string => minute(timeMs);

export type RequestId = { readonly key: string; readonly attempt: string; readonly shard: number };

/** What callers and operators see: the key, the attempt, and which shard keeps the record. */
export const formatRequestId = ({ key, attempt, shard }: RequestId): string =>
  `${key}.${attempt}.${String(shard)}`;

export function parseRequestId(text: string): RequestId | null {
  const match = /^([0-9a-z]{7}_[A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{6,12})\.(\d{1,4})$/.exec(text);
  if (match === null) return null;
  const [, key = '', attempt = '', shard = '0'] = match;
  return { key, attempt, shard: Number(shard) };
}
