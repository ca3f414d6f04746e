// What a key's ledger decides of a key: is this one of its secrets, may it call this route, what
// becomes of its secrets when it is rotated. Records are values, and records from before there
// were routes and rotations mean what they did.

import type { ApiKeyRecord, KeySecret } from './messages.ts';

/** How far behind the truth the stored time of the last use may be: a row an hour, not a call. */
export const USE_NOTED_MS = 3_600_000;

export type KeyRefusal = 'key-unknown' | 'key-revoked' | 'key-scope';

const hasPrevious = ({ previous }: ApiKeyRecord, hash: string, nowMs: number): boolean =>
  previous?.hash === hash && nowMs < previous.untilMs;

/** Null: the key may make this call. A call of which no route is said is on none that it names. */
export function refuseKey(
  record: ApiKeyRecord | null,
  hash: string,
  route: string | undefined,
  nowMs: number,
): KeyRefusal | null {
  if (record === null) return 'key-unknown';
  if (record.hash !== hash && !hasPrevious(record, hash, nowMs)) return 'key-unknown';
  if (record.revokedAtMs !== null) return 'key-revoked';
  const { routes } = record;
  return routes === undefined || (route !== undefined && routes.includes(route))
    ? null
    : 'key-scope';
}

/** The record after a call with this secret. */
export function used(record: ApiKeyRecord, hash: string, nowMs: number): ApiKeyRecord {
  if (record.hash === hash) return { ...record, usedAtMs: nowMs };
  const { previous } = record;
  return previous?.hash === hash
    ? { ...record, previous: { ...previous, usedAtMs: nowMs } }
    : record;
}

const isLate = (stored: KeySecret | undefined, now: KeySecret | undefined): boolean =>
  typeof now?.usedAtMs === 'number' && now.usedAtMs >= (stored?.usedAtMs ?? 0) + USE_NOTED_MS;

/** Does the row say so much less than this that it has to be written? */
export const isUseDue = (stored: ApiKeyRecord, now: ApiKeyRecord): boolean =>
  isLate(stored, now) || isLate(stored.previous, now.previous);

/**
 * The key with another secret. The one before is accepted for a while; at most one is. A secret
 * that nobody has called with yet may have been lost on its way to its owner: it does not take the
 * place of an earlier one that is still in its time, nor does it lengthen that.
 */
export function rotated(
  record: ApiKeyRecord,
  next: KeySecret,
  graceMs: number,
  nowMs: number,
): ApiKeyRecord {
  const { previous: earlier, hash, start, usedAtMs, ...rest } = record;
  const untilMs = nowMs + graceMs;
  const own = { hash, ...(start === undefined ? {} : { start }), usedAtMs: usedAtMs ?? null };
  const keepsEarlier = usedAtMs === null && earlier !== undefined && nowMs < earlier.untilMs;
  const kept = keepsEarlier
    ? { ...earlier, untilMs: Math.min(earlier.untilMs, untilMs) }
    : { ...own, untilMs };
  return {
    ...rest,
    ...next,
    usedAtMs: null,
    rotatedAtMs: nowMs,
    ...(kept.untilMs > nowMs ? { previous: kept } : {}),
  };
}

/** When any secret of the key was last called with, as far as the record tells. */
export const lastUsedAtMs = ({ usedAtMs, previous }: ApiKeyRecord): number | null => {
  const latest = Math.max(usedAtMs ?? 0, previous?.usedAtMs ?? 0);
  return latest === 0 ? null : latest;
};
