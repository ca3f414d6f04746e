// What a ledger answers, in order of precedence: when two things are wrong at once, the one listed
// first is the answer. A second resolution is a status, never an exception.

/** For `reserve`. */
export const RESERVE_STATUSES = [
  'proof-expired', // the nonce's own time is over on this object's clock
  'key-unknown',
  'key-revoked',
  'replayed', // the nonce was spent by another attempt
  'already-resolved', // it was settled or released before it arrived
  'exists-with-different-amount',
  'exists', // the same attempt again: the earlier answer
  'over-requests',
  'over-budget',
  'over-concurrency',
  'too-many-holds',
  'held',
] as const;
export type ReserveStatus = (typeof RESERVE_STATUSES)[number];

/** For `settle`, `release`, `renew` and `expire`. */
export const RESOLVE_STATUSES = [
  'unknown', // never seen: a tombstone now stands where a late reserve would land
  'not-yours', // the hold belongs to another attempt
  'already-settled',
  'already-released',
  'already-expired', // charged at expiry; a dearer truth is still recorded
  'already-refused',
  'settled-over-hold', // the truth, and an alert
  'settled',
  'released',
  'renewed',
  'expired', // time did it
] as const;
export type ResolveStatus = (typeof RESOLVE_STATUSES)[number];
