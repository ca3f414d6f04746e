// How often one address may ask for challenges: a bucket of tokens per address, in this isolate's
// memory and of limited size. Answers carry the next challenge, so honest callers hardly ask; who
// asks all day is kept from wearing out a processor. Money does not depend on it.

import type { AskLimit } from '../../core/policy/policy.ts';
import { BoundedMap } from '../bounded-map.ts';

const ADDRESSES_MAX = 8_192;

type Bucket = { asksLeft: number; atMs: number };

export class AskLimiter {
  readonly #limit: AskLimit;
  readonly #buckets = new BoundedMap<Bucket>(ADDRESSES_MAX);

  constructor(limit: AskLimit) {
    this.#limit = limit;
  }

  /** Takes `count` asks of this address, or says after how many seconds there are that many. */
  take(address: string, count: number, nowMs: number): number {
    const { atOnce, perSecond } = this.#limit;
    const bucket = this.#bucketOf(address, nowMs);
    const passedSeconds = Math.max(0, nowMs - bucket.atMs) / 1_000;
    const asksLeft = Math.min(atOnce, bucket.asksLeft + passedSeconds * perSecond);
    const missing = count - asksLeft;
    bucket.asksLeft = missing > 0 ? asksLeft : asksLeft - count;
    bucket.atMs = Math.max(bucket.atMs, nowMs);
    return missing > 0 ? Math.ceil(missing / perSecond) : 0;
  }

  #bucketOf(address: string, nowMs: number): Bucket {
    const known = this.#buckets.get(address);
    if (known !== undefined) return known;
    const fresh = { asksLeft: this.#limit.atOnce, atMs: nowMs };
    this.#buckets.set(address, fresh);
    return fresh;
  }
}
