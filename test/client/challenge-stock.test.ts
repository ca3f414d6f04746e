// What the stock of challenges keeps and what it lets go, on a clock the test holds.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  CHALLENGES_PER_ROUTE_MAX,
  createChallengeStock,
  type Prepared,
  ROUTES_MAX,
} from '../../client/challenge-stock.ts';
import { holdChallenge, LIFE_SECONDS_MIN } from '../../client/held-challenge.ts';
import { encodeChallenge, formatChallenge } from '../../core/proof/challenge.ts';

const JKT = 'A'.repeat(43);
const LIFE_SECONDS = 90;

const wire = (over: Partial<Parameters<typeof encodeChallenge>[0]> = {}): string =>
  formatChallenge({
    tag: new Uint8Array(32),
    body: encodeChallenge({
      kid: 1,
      // Years away from this machine's clock: only the difference may count.
      issuedAtSeconds: 1_000,
      notBeforeSeconds: 1_000,
      expiresAtSeconds: 1_000 + LIFE_SECONDS,
      nonce: new Uint8Array(16),
      algorithm: 1,
      k: 32,
      bits: 13,
      bind: 1,
      costNanoUsdMax: 1,
      require: 1,
      realm: 'r',
      route: 'chat',
      principalHash: new Uint8Array(32),
      jkt: JKT,
      conversationHash: new Uint8Array(0),
      ...over,
    }),
  });

const target = (path: string): { method: string; url: URL } => ({
  method: 'POST',
  url: new URL(path, 'http://gateway.test'),
});

/** With a note of when it is dropped. */
function prepared(drop: () => void = () => undefined): Prepared {
  const held = holdChallenge(wire(), JKT, null);
  if (held === null) throw new Error('not held');
  return { held, solution: null, isBusy: () => true, drop };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a challenge is handed out once', () => {
  const stock = createChallengeStock();
  stock.put(target('/a'), prepared());
  expect(stock.take(target('/a'))).not.toBeNull();
  expect(stock.take(target('/a'))).toBeNull();
});

for (const [left, kept] of [
  [LIFE_SECONDS_MIN, true],
  [LIFE_SECONDS_MIN - 1, false],
] as const) {
  test(`with ${left} s of life left it is ${kept ? 'used' : 'thrown away'}`, () => {
    const stock = createChallengeStock();
    stock.put(target('/a'), prepared());
    vi.advanceTimersByTime((LIFE_SECONDS - left) * 1000);
    expect(stock.take(target('/a')) !== null).toBe(kept);
  });
}

test('setting the clock back does not lengthen a life, setting it forward may end it', () => {
  const stock = createChallengeStock();
  for (const [stepSeconds, kept] of [
    [-3_600, false],
    [3_600, false],
    [0, true],
  ] as const) {
    stock.put(target('/a'), prepared());
    vi.advanceTimersByTime(kept ? 0 : 85_000);
    vi.setSystemTime(Date.now() + stepSeconds * 1000);
    expect(stock.take(target('/a')) !== null).toBe(kept);
  }
});

test(`at most ${CHALLENGES_PER_ROUTE_MAX} are kept for a route, and what does not fit is dropped`, () => {
  const stock = createChallengeStock();
  const dropped: number[] = [];
  for (const name of [1, 2, 3]) {
    stock.put(
      target('/a'),
      prepared(() => dropped.push(name)),
    );
  }
  expect(dropped).toEqual([3]);
  expect([1, 2, 3].map(() => stock.take(target('/a')) !== null)).toEqual([true, true, false]);
});

test('work for a challenge that went stale is ended', () => {
  const stock = createChallengeStock();
  let dropped = 0;
  stock.put(
    target('/a'),
    prepared(() => (dropped += 1)),
  );
  vi.advanceTimersByTime((LIFE_SECONDS - LIFE_SECONDS_MIN + 1) * 1000);
  expect(stock.has(target('/a'), 0)).toBe(false);
  expect(dropped).toBe(1);
});

test('one that will not last long does not count as prepared, and is still used', () => {
  const stock = createChallengeStock();
  stock.put(target('/a'), prepared());
  vi.advanceTimersByTime(75_000);
  expect(stock.has(target('/a'), 20)).toBe(false);
  expect(stock.take(target('/a'))).not.toBeNull();
});

test(`at most ${ROUTES_MAX} routes are remembered, the oldest goes first`, () => {
  const stock = createChallengeStock();
  for (let i = 0; i <= ROUTES_MAX; i += 1) {
    stock.put(target(`/${i}`), prepared());
  }
  expect(stock.take(target('/0'))).toBeNull();
  expect(stock.take(target('/1'))).not.toBeNull();
  expect(stock.take(target(`/${ROUTES_MAX}`))).not.toBeNull();
});

const refused: [string, string, string][] = [
  ['another device', wire(), 'B'.repeat(43)],
  ['an algorithm it does not know', wire({ algorithm: 2 }), JKT],
  ['a binding it does not know', wire({ bind: 3 }), JKT],
  ['a signature without a device key', wire({ bind: 2, jkt: '' }), ''],
  ['a human, without a word how to ask', wire({ require: 3 }), JKT],
  ['a verifier it cannot satisfy', wire({ require: 9 }), JKT],
  ['work beyond reason', wire({ bits: 31 }), JKT],
  ['less life than solving is worth', wire({ expiresAtSeconds: 1_009 }), JKT],
  ['a wait beyond reason', wire({ notBeforeSeconds: 1_060 }), JKT],
  ['bytes that are no challenge', 'junk.junk', JKT],
];
for (const [what, text, jkt] of refused) {
  test(`a challenge for ${what} is not held`, () => {
    expect(holdChallenge(text, jkt, null)).toBeNull();
  });
}
