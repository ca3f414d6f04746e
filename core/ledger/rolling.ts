// A rolling window as a leaking bucket, which is the generic cell rate algorithm: what was used
// drains at cap ÷ period. Exact in integers: what does not make a whole unit yet is carried as a
// remainder, so that many small looks drain as much as one long one.

export type Leak = {
  /** The rate is `cap` units per `periodMs`. */
  readonly cap: number;
  readonly periodMs: number;
  /** Drained up to this time. */
  readonly atMs: number;
  /** Unit-milliseconds below one whole unit, always less than `periodMs`. */
  readonly remainder: number;
};

export type Level = { readonly used: number; readonly leak: Leak };

/** The level at a later time. A time that is not later changes nothing. */
export function drain({ used, leak }: Level, nowMs: number): Level {
  const { cap, periodMs, atMs, remainder } = leak;
  if (nowMs <= atMs) return { used, leak };
  // Milliseconds × nano-dollars pass 2^53.
  const flow = BigInt(nowMs - atMs) * BigInt(cap) + BigInt(remainder);
  const drained = flow / BigInt(periodMs);
  if (drained >= BigInt(used)) return { used: 0, leak: { ...leak, atMs: nowMs, remainder: 0 } };
  return {
    used: used - Number(drained),
    leak: { ...leak, atMs: nowMs, remainder: Number(flow % BigInt(periodMs)) },
  };
}

/** When `units` will have drained, at the earliest: what a refused caller has to wait for. */
export function drainedAtMs({ leak }: Level, units: number): number | null {
  const { cap, periodMs, atMs, remainder } = leak;
  if (cap === 0) return null;
  const flow = BigInt(units) * BigInt(periodMs) - BigInt(remainder);
  return atMs + Number((flow + BigInt(cap) - 1n) / BigInt(cap));
}
