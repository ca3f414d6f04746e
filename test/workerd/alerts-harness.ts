// What the tests of alerts share: a limit that somebody watches, what was said of it in the log,
// and calls that cost something.

import { expect, vi } from 'vitest';
import type { Limit } from '../../core/ledger/account.ts';
import type { Alert } from '../../core/ledger/alert.ts';
import { ask, ledgerOf, MONEY, reserve, settling, tell } from './ledger-harness.ts';

const ALERT = { id: 'budget', percents: [50, 80, 100], policyVersion: 'v1' };
export const WATCHED: Limit = { ...MONEY, alert: ALERT };
export const LIMITS = [WATCHED];

export const log = vi.spyOn(console, 'log');

export const lines = (principal: string): Alert[] =>
  log.mock.calls
    .map(([line]) => String(line))
    .filter((line) => line.startsWith('{"event":"alert",'))
    .map((line) => JSON.parse(line) as Alert)
    .filter((alert) => alert.principal === principal);
export const told = (principal: string): number[] => lines(principal).map(({ percent }) => percent);

/** A call that costs this. */
export async function spend(principal: string, nanoUsd: number, limits: readonly Limit[] = LIMITS) {
  const call = ask(principal, { limits, nanoUsd });
  expect((await reserve(ledgerOf(principal), call)).status).toBe('held');
  expect(await tell(ledgerOf(principal), settling(call, nanoUsd))).toBe('settled');
}
