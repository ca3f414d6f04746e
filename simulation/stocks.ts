// Watches challenges that were fetched ahead: of those that bought a call at most so many of one
// principal were outstanding at any instant, whatever homes and incarnations the principal's
// account had since. It keeps every interval, and counts.

import { type Errand, OUTSTANDING_MAX } from './asks.ts';
import type { Auditor } from './auditor.ts';

type Interval = { readonly from: number; readonly to: number };

/** What was redeemed longer ago overlaps nothing any more. */
const KEPT = 128;

export class Stocks {
  readonly #auditor: Auditor;
  readonly #issued = new Map<string, { readonly principal: string; readonly from: number }>();
  readonly #redeemed = new Map<string, Interval[]>();

  constructor(auditor: Auditor) {
    this.#auditor = auditor;
  }

  /** A Worker brings this call to the object that counts it. */
  brought(address: string, { key, primary, proof }: Errand): void {
    const from = proof?.issuedAtMs;
    if (from !== undefined) this.#issued.set(`${address}|${key}`, { principal: primary, from });
  }

  /** A hold's first row, at this time of the object's clock. */
  taken(address: string, key: string, nowMs: number): void {
    const issued = this.#issued.get(`${address}|${key}`);
    if (issued === undefined) return;
    const { principal, from } = issued;
    const redeemed = this.#redeemed.get(principal) ?? [];
    this.#redeemed.set(principal, redeemed);
    redeemed.push({ from, to: Math.max(nowMs, from + 1) });
    if (redeemed.length > KEPT) redeemed.shift();
    for (const { from: instant } of redeemed) {
      const there = redeemed.filter((one) => one.from <= instant && instant < one.to).length;
      this.#auditor.expect(
        there <= OUTSTANDING_MAX,
        'no more challenges are outstanding than may be',
        () => `${principal} ${String(there)} at ${String(instant)}`,
      );
    }
  }
}
