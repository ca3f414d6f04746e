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

export type RequestId = {
  readonly key: string;
  readonly attempt: string;
  /** Which shard of which set keeps the record. */
  readonly epoch: number;
  readonly shard: number;
};

/** What callers and operators see: the key, the attempt, and which shard keeps the record. */
export const formatRequestId = ({ key, attempt, epoch, shard }: RequestId): string =>
  `${key}.${attempt}.${String(epoch)}-${String(shard)}`;

const REQUEST_ID = /^([0-9a-z]{7}_[A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{6,12})\.(\d{1,3})-(\d{1,4})$/;

export function parseRequestId(text: string): RequestId | null {
  const match = REQUEST_ID.exec(text);
  if (match === null) return null;
  const [, key = '', attempt = '', epoch = '', shard = ''] = match;
  return { key, attempt, epoch: Number(epoch), shard: Number(shard) };
}

/** The minute a key is named after, as a time. */
export const keyTimeMs = (key: string): number =>
  Number.parseInt(key.slice(0, MINUTE_DIGITS), 36) * 60_000;
