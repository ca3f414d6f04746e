// Waiting for something to become true, with a deadline and no fixed pause: what tests do instead
// of sleeping.

const POLL_INTERVAL_MS = 10;

/** Resolves with the first value that is not null or false; throws with what it waited for. */
export async function poll<Value>(
  what: string,
  observe: () => Promise<Value | null | false> | Value | null | false,
  deadlineMs = 10_000,
): Promise<Value> {
  const startedAtMs = Date.now();
  for (;;) {
    const value = await observe();
    if (value !== null && value !== false) return value;
    if (Date.now() - startedAtMs > deadlineMs) {
      throw new Error(`gave up after ${String(deadlineMs)} ms: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}
