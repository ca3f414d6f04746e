// What a ledger answers, in order of precedence: when two things are wrong at once, the one listed
// first is the answer. A second resolution is a status, never an exception.

/** For `reserve`. */
export const RESERVE_STATUSES = [
  'proof-expired', // the nonce's own time is over on this object's clock
  'key-unknown',
  'key-revoked',
  'key-scope', // the key was made for other routes
  'moved', // the account is kept by a newer set of shards
  'replayed', // the nonce was spent by another attempt
  'already-resolved', // it was settled or released before it arrived
  'exists-with-different-amount',
  'exists', // the same attempt again: the earlier answer
  'switched', // an operator has switched off something that the call is
  'too-many-outstanding', // of the challenges that were fetched ahead
  'conversation-unknown', // no such answer was given to this principal, or not yet
  'conversation-forked', // it has been continued as often as it may be
  'run-unknown', // it goes on with a loop that did not begin here, or whose time is over
  'over-requests',
  'over-budget',
  'over-concurrency',
  'over-quota', // any other unit
  'root-unreachable', // a shared budget is short here and its root does not answer
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
  'already-expired', // charged at expiry; a dearer truth becomes an adjustment
  'already-refused',
  'settled-over-hold', // the truth, and an alert
  'settled',
  'released',
  'renewed',
  'stopped', // renewed, and the call is to end: its key was revoked, or a switch cuts it
  'expired', // time did it
] as const;
export type ResolveStatus = (typeof RESOLVE_STATUSES)[number];

/** For `extend`. */
export const EXTEND_STATUSES = [
  'unknown',
  'not-yours',
  'already-settled',
  'already-released',
  'already-expired',
  'already-refused',
  'moved', // the account is kept by a newer set of shards: the hold stays as it is
  'over-requests',
  'over-budget',
  'over-concurrency',
  'over-quota',
  'too-many-windows', // the hold reaches into as many windows as a hold may
  'extended', // or held already: a repeat is the same answer
] as const;
export type ExtendStatus = (typeof EXTEND_STATUSES)[number];

/** For `adjust` and `refund`. */
export const ADJUST_STATUSES = [
  'exists-with-different-amount',
  'exists',
  'unknown', // no such call here
  'still-held', // the call is not over
  'exceeds-charge', // more than was charged, earlier refunds counted
  'exceeds-used', // a counter would fall below zero
  'adjusted',
] as const;
export type AdjustStatus = (typeof ADJUST_STATUSES)[number];
