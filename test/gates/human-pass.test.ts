// The pass of a human proof on its way through the gates: whose it is, for how long, and what it
// takes off a challenge. What breaks if this fails: one human is charged to nobody's purse.

import { describe, expect, it } from 'vitest';
import type { HumanPass } from '../../core/call.ts';
import {
  cellAt,
  counterName,
  EMPTY_ACCOUNT,
  type Limit,
  move,
  viewCounter,
} from '../../core/ledger/account.ts';
import type { WindowKind } from '../../core/ledger/window.ts';
import { PASS_TTL_SECONDS } from '../../core/proof/human-pass.ts';
import { Keyring } from '../../core/proof/keyring.ts';
import { requires } from '../../core/proof/requirement.ts';
import { Ledgers } from '../../worker/adapters/ledgers.ts';
import {
  isGoodForNext,
  newPass,
  passAsk,
  readPass,
  withSealedPass,
} from '../../worker/human-pass.ts';
import { readChallenge } from '../support/anonymous.ts';
import { challengeFor, IP, makeDeps, NOW_MS, pass, random } from './gate-bench.ts';
import { policyAsking } from './policy-asking.ts';

const DAY_MS = 86_400_000;
const HUMAN = {
  siteKey: '0x4',
  secret: 'TURNSTILE_SECRET',
  hostnames: ['a.example'],
  every: { usd: '0.004' },
};

const newPassOf = (capNanoUsd: number): HumanPass => ({
  id: 'id',
  capNanoUsd,
  expiresAtSeconds: NOW_MS / 1_000 + PASS_TTL_SECONDS,
  isNew: true,
  sealed: null,
  leftNanoUsd: null,
});

describe('a pass at the gates', () => {
  const policy = policyAsking(['human'], { human: HUMAN });
  const turnstile = { scriptUrl: null, ask: () => Promise.reject(new Error('asked')) };
  const deps = makeDeps({ policy, turnstile });
  const NAME = `ip:${IP}`;

  /** A call that has come through the gates with a token, and the pass it would get. */
  async function opened() {
    const headers = { 'Inference-Proof': `c="${challengeFor(deps)}", h="token"` };
    const { call } = await pass({ headers }, deps);
    return { call, sealed: withSealedPass(call, deps).pass?.sealed ?? '' };
  }

  it('is the purse of the challenge it was opened with, and of its principal alone', async () => {
    const { call, sealed } = await opened();
    const nonce = Buffer.from(call.challenge?.nonce ?? []).toString('base64url');
    expect(newPass(call, deps)).toMatchObject({ id: nonce, capNanoUsd: 4_000_000, isNew: true });
    expect(readPass(sealed, NAME, deps)).toMatchObject({ id: nonce, capNanoUsd: 4_000_000 });
    expect(readPass(sealed, 'ip:198.51.100.1', deps)).toBeNull();
    const later = { ...deps, nowMs: () => NOW_MS + 3_600_000 };
    expect(readPass(sealed, NAME, later)).toBeNull();
    expect(readPass(sealed, NAME, { ...deps, policy: { ...policy, realm: 'staging' } })).toBeNull();
    const other = makeDeps({ policy, keyring: new Keyring({ kid: 1, secret: random(32) }, []) });
    expect(readPass(sealed, NAME, other)).toBeNull();
  });

  it('counts for nothing once its purse is with shards that are not asked any more', async () => {
    const { sealed } = await opened();
    const layout = { ...policy.layout, epoch: policy.layout.epoch + 1, previous: policy.layout };
    const moved = { ...deps, ledgers: new Ledgers({} as never, layout) };
    expect(readPass(sealed, NAME, moved)).toBeNull();
  });

  it('takes the human proof off a challenge and puts itself on it', async () => {
    const { sealed } = await opened();
    const require = (hasPass: boolean): number =>
      readChallenge(challengeFor(deps, { hasPass })).require;
    expect([requires(require(false), 'human'), requires(require(false), 'pass')]).toEqual([
      true,
      false,
    ]);
    expect([requires(require(true), 'human'), requires(require(true), 'pass')]).toEqual([
      false,
      true,
    ]);
    const wire = challengeFor(deps, { hasPass: true });
    const headers = (shown: string) => ({ 'Inference-Proof': `c="${wire}"${shown}` });
    expect((await pass({ headers: headers(`, p="${sealed}"`) }, deps)).call.pass?.isNew).toBe(
      false,
    );
    expect((await pass({ headers: headers('') }, deps)).denial).toMatchObject({
      failure: 'invalid-human-token',
    });
  });

  it('is asked for even where the rule that asked for a human applies no more', async () => {
    // Whoever got off the human proof by a pass is charged to it, whatever the network did since.
    const wire = challengeFor(deps, { hasPass: true });
    const calmed = { ...deps, policy: { ...policy, proofRules: [{ require: ['work'] as const }] } };
    const headers = { 'Inference-Proof': `c="${wire}"` };
    const { denial } = await pass({ headers }, calmed as never);
    expect(denial).toMatchObject({ kind: 'proof-rejected' });
  });

  it('names a counter that an hour neither empties nor starts anew', () => {
    const purse = newPassOf(4_000_000);
    const { principal, limits, root, isWhole } = passAsk(purse, 1_000);
    expect([principal, root, isWhole]).toEqual([`pass:${purse.id}`, null, true]);
    const usedLater = (limit: Limit): number => {
      const { windowId } = cellAt(EMPTY_ACCOUNT, limit, NOW_MS);
      const leak = { cap: limit.cap, periodMs: DAY_MS, atMs: NOW_MS, remainder: 0 };
      const rolling = limit.window.startsWith('rolling-') ? { leak } : {};
      const spent = { name: counterName(limit), windowId, used: limit.cap, held: 0, ...rolling };
      const account = move(EMPTY_ACCOUNT, [spent], NOW_MS);
      return viewCounter(account, limit, NOW_MS + 1_000 * PASS_TTL_SECONDS).used;
    };
    expect(limits).toHaveLength(1);
    expect(limits.map(usedLater)).toEqual([4_000_000]);
    // What other windows would have given away on top within the hour.
    const control = (window: WindowKind): number =>
      usedLater({ window, unit: 'nanoUsd', cap: 4_000_000 });
    expect(control('hour')).toBe(0);
    expect(control('rolling-day')).toBe(4_000_000 - Math.floor(4_000_000 / 24));
  });

  it('does for the next call while it has room and outlives the next challenge', async () => {
    const { sealed } = await opened();
    const shown = readPass(sealed, NAME, deps);
    if (shown === null) throw new Error('no pass');
    const good = (parts: object, price = 1_000): boolean =>
      isGoodForNext({ ...shown, ...parts }, price, deps);
    expect(good({})).toBe(true);
    expect([good({ leftNanoUsd: 1_000 }), good({ leftNanoUsd: 999 })]).toEqual([true, false]);
    const seconds = NOW_MS / 1_000;
    expect(good({ expiresAtSeconds: seconds + 90 })).toBe(true);
    expect(good({ expiresAtSeconds: seconds + 89 })).toBe(false);
    expect(good({ isNew: true })).toBe(false);
    expect(good({ isNew: true, sealed })).toBe(true);
    expect(isGoodForNext(null, 0, deps)).toBe(false);
  });
});
