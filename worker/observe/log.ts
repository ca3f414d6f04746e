// The only way the Worker logs anything.

import { logLine } from '../../core/log-line.ts';

/** Writes facts that are JSON already; saves writing them twice. */
export function logJson(event: string, json: string): void {
  console.log(logLine(event, json));
}

export function logEvent(event: string, facts: Readonly<Record<string, unknown>>): void {
  logJson(event, JSON.stringify(facts));
}
