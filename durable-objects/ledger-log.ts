// The only way a ledger object logs anything: what no caller hears of and an operator should see.

import { logLine } from '../core/log-line.ts';

export function logFromLedger(event: string, facts: Readonly<Record<string, unknown>>): void {
  console.log(logLine(event, JSON.stringify(facts)));
}
