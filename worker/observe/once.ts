// For what is worth one line an isolate and would be a flood with one line a request.

import { logEvent } from './log.ts';

/** Reasons that are known in the code, so there are few of them. */
const told = new Set<string>();

/** Logs the first time it is called with this event and reason, and never again. */
export function logOnce(
  event: string,
  reason: string,
  facts: Readonly<Record<string, unknown>>,
): void {
  const name = `${event}:${reason}`;
  if (told.has(name)) return;
  told.add(name);
  logEvent(event, { reason, ...facts });
}
