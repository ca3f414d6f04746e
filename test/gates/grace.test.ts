// Who is served on credit while something we depend on is away. What breaks if this fails: an
// outage is when strangers, or dear calls, come for nothing.

import { expect, it } from 'vitest';
import { PLAIN_TERMS } from '../../core/api-key-id.ts';
import type { Call } from '../../core/call.ts';
import { mayHaveGrace } from '../../worker/grace.ts';
import { prove } from '../support/anonymous.ts';
import { BODY, challengeFor, makeDeps, pass } from './gate-bench.ts';

const KEY = { ...PLAIN_TERMS, id: 'k', hash: '', tenant: null };
const CAPPED = { ...KEY, capNanoUsd: 1_000_000_000 };
const RESTRICTED = { ...KEY, isRestricted: true };
const USER = { id: 'u', jkt: '', plan: null, isVerified: false };
const AGENT = { id: 'a', keyId: 'x' };
const WALLET = { graceNanoUsdPerHour: 1_000_000_000, callNanoUsdMax: 5_000 };

const deps = makeDeps();
const { call } = await pass({ headers: await prove(challengeFor(deps), BODY) }, deps);

function granted(who: Partial<Call>, totalNanoUsd: number, wallet: object | 'refuse'): boolean {
  const route = { ...call.route, whenLedgerUnreachable: wallet } as Call['route'];
  const estimate = { ...call.estimate, totalNanoUsd } as Call['estimate'];
  return mayHaveGrace({ ...call, route, estimate, ...who });
}

it.each([
  ['a key, up to the dearest call', { apiKey: KEY }, 5_000, WALLET, true],
  ['a key, and no further', { apiKey: KEY }, 5_001, WALLET, false],
  ['no key whose own cap nobody can keep now', { apiKey: CAPPED }, 1, WALLET, false],
  ['no key whose routes nobody can tell now', { apiKey: RESTRICTED }, 1, WALLET, false],
  ['a user of the app', { user: USER }, 5_000, WALLET, true],
  ['a stranger never', {}, 1, WALLET, false],
  ['an agent that has not signed yet never', { agent: AGENT }, 1, WALLET, false],
  ['nobody where the route refuses', { apiKey: KEY }, 1, 'refuse', false],
] as const)('credit is for %s', (_, who, nanoUsd, wallet, expected) => {
  expect(granted(who, nanoUsd, wallet)).toBe(expected);
});
