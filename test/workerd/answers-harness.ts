// Calls that are answered and calls that go on from an answer, as the tests of answers make them.

import { expect } from 'vitest';
import type { GivenAnswer, ReserveMessage, ResolveMessage } from '../../core/ledger/messages.ts';
import { ask, ledgerOf, reserve, settling, type Stub, tell } from './ledger-harness.ts';
import { inObject, storeOf } from './rows-harness.ts';

export const HOUR_MS = 3_600_000;
export const LIMITS = [{ window: 'day', unit: 'nanoUsd', cap: Number.MAX_SAFE_INTEGER }] as const;

let hashes = 0;
export const freshHash = (): string => {
  hashes += 1;
  return String(hashes).padStart(43, 'h');
};

export const given = (hash: string): GivenAnswer => ({
  hash,
  prefixes: '',
  keptMs: 24 * HOUR_MS,
});

/** Cut short at any of these. */
export const cut = (...whole: readonly string[]): GivenAnswer => ({
  hash: null,
  prefixes: whole.map((hash) => hash.slice(0, 16)).join(''),
  keptMs: 24 * HOUR_MS,
});

export const call = (principal: string, more: Partial<ReserveMessage> = {}): ReserveMessage =>
  ask(principal, { limits: LIMITS, ...more });

export const going = (hash: string, branchesMax = 2, isFinal = true) => ({
  continues: { hash, branchesMax, isFinal },
});

export const ending = (message: ReserveMessage, answer: GivenAnswer | null): ResolveMessage => ({
  ...settling(message, 1),
  answer,
});

/** A call that is made and answered. */
export async function answered(
  principal: string,
  answer: GivenAnswer | null,
  more: Partial<ReserveMessage> = {},
): Promise<void> {
  const message = call(principal, more);
  expect((await reserve(ledgerOf(principal), message)).status).toBe('held');
  expect(await tell(ledgerOf(principal), ending(message, answer))).toBe('settled');
}

export const goOn = async (
  principal: string,
  hash: string,
  more: Partial<ReserveMessage> = {},
): Promise<string> =>
  (await reserve(ledgerOf(principal), call(principal, { ...going(hash), ...more }))).status;

export const answerRows = (stub: Stub, principal: string): Promise<number> =>
  inObject(stub, (instance) => storeOf(instance).side.count('answer', principal));
