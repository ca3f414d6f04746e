// The latest refusals of this isolate, for an operator who asks about a request id. A refusal that
// never reached a ledger must not buy its sender a stored row, so it is kept here, bounded, and in
// the log.

const REFUSALS_MAX = 2_000;

const recent = new Map<string, Readonly<Record<string, unknown>>>();

export function rememberRefusal(
  requestId: string,
  record: Readonly<Record<string, unknown>>,
): void {
  recent.set(requestId, record);
  if (recent.size <= REFUSALS_MAX) return;
  for (const oldest of recent.keys()) {
    recent.delete(oldest);
    return;
  }
}

export const recallRefusal = (requestId: string): Readonly<Record<string, unknown>> | null =>
  recent.get(requestId) ?? null;
