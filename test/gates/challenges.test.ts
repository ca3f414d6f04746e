// What a challenge says when it is issued. What breaks if this fails: honest callers are refused as
// underpriced or too easy, nonces repeat, or asking for challenges wears something out.

import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../../core/bytes.ts';
import { CHALLENGE_BYTES_MAX } from '../../core/proof/challenge.ts';
import { judgeChallenge } from '../../core/proof/index.ts';
import { REQUIRE } from '../../core/proof/requirement.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { workHashes } from '../../core/proof/work.ts';
import { BODY_BYTES_ASSUMED, hintedPrice, nextPrice } from '../../worker/challenges.ts';
import { prove, readChallenge } from '../support/anonymous.ts';
import {
  BODY,
  challengeFor,
  IP,
  makeDeps,
  NOW_MS,
  pass,
  POLICY,
  reached,
  routeOf,
  wordOf,
} from './gate-bench.ts';

const deps = makeDeps();
const route = routeOf('app-chat');

describe('an issued challenge', () => {
  it('is for this realm, route, principal and price, and fits a header', () => {
    const wire = challengeFor(deps, { costNanoUsdMax: 1_234_567 });
    expect(wire.length).toBeLessThanOrEqual(CHALLENGE_BYTES_MAX);
    expect(readChallenge(wire)).toMatchObject({
      realm: POLICY.realm,
      route: 'app-chat',
      principalHash: sha256(utf8(`ip:${IP}`)),
      costNanoUsdMax: 1_234_567,
      require: REQUIRE.work,
      expiresAtSeconds: NOW_MS / 1_000 + 90,
    });
  });

  it('asks a device for its signature too', () => {
    const wire = challengeFor(deps, { jkt: 'j'.repeat(43) });
    expect(readChallenge(wire).require).toBe(REQUIRE.work | REQUIRE.device);
  });

  it('is accepted by the judge that will meet it, and is as hard as its price asks', () => {
    for (const costNanoUsdMax of [0, 1, 100_000, 2_000_000, 50_000_000, 10 ** 12]) {
      const challenge = readChallenge(challengeFor(deps, { costNanoUsdMax }));
      const context = {
        nowSeconds: NOW_MS / 1_000,
        realm: POLICY.realm,
        route: 'app-chat',
      };
      expect(judgeChallenge(challenge, context).ok).toBe(true);
      expect(challenge.k * 2 ** challenge.bits).toBeGreaterThanOrEqual(
        workHashes(costNanoUsdMax, POLICY.work, 0),
      );
    }
  });

  it('has a nonce like no other, and reaches for no ledger: 5,000 of them (attacks 15, 18)', () => {
    const before = reached.objects;
    const heads = new Set<string>();
    for (let i = 0; i < 5_000; i += 1) {
      heads.add(toHex(readChallenge(challengeFor(deps)).nonce.slice(0, 8)));
    }
    expect(heads.size).toBe(5_000);
    expect(reached.objects).toBe(before);
  });
});

describe('the price of a challenge', () => {
  it('pays for the body it was asked for, whichever model and length', async () => {
    for (const model of route.models.keys()) {
      for (const length of [1, 500, 7_000]) {
        const messages = [{ role: 'user', content: 'x'.repeat(length) }];
        const body = JSON.stringify({ model, messages, stream: true });
        const costNanoUsdMax = hintedPrice(route, { bodyBytes: body.length, model });
        const headers = await prove(challengeFor(deps, { costNanoUsdMax }), body);
        expect(wordOf(await pass({ headers, body }, deps))).toBe('passed');
      }
    }
  });

  it('assumes a usual body and the first model where nothing was said', () => {
    const [first] = route.models.keys();
    const assumed = { bodyBytes: BODY_BYTES_ASSUMED, model: first ?? '' };
    expect(hintedPrice(route, {})).toBe(hintedPrice(route, assumed));
    expect(hintedPrice(route, { model: 'gpt-99' })).toBe(hintedPrice(route, {}));
  });

  it('does not grow past the largest body the route takes', () => {
    const largest = hintedPrice(route, { bodyBytes: route.bodyBytesMax });
    expect(hintedPrice(route, { bodyBytes: 1_000_000_000 })).toBe(largest);
  });

  it('of the next call leaves room for it to be half as dear again, in whole nano-dollars', () => {
    expect([nextPrice(0), nextPrice(1), nextPrice(100), nextPrice(101)]).toEqual([0, 2, 150, 152]);
  });

  it('below the call is what the call is refused for', async () => {
    const { call } = await pass({ headers: await prove(challengeFor(deps), BODY) }, deps);
    const exact = call.estimate?.totalNanoUsd ?? 0;
    for (const [costNanoUsdMax, word] of [
      [exact, 'passed'],
      [exact - 1, 'underpriced'],
    ] as const) {
      const headers = await prove(challengeFor(deps, { costNanoUsdMax }), BODY);
      expect(wordOf(await pass({ headers }, deps))).toBe(word);
    }
  });
});
