// One set of root secrets, a key for each purpose, and an end for a key that was retired. Attack 23
// of the protocol page: a tag of one purpose or of a key gone by is shown for another. If this
// fails, a human pass can be passed off as a challenge, or a leaked old key makes cheap ones.

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, fromBase64Url, toBase64Url, utf8 } from '../../core/bytes.ts';
import { encodeChallenge } from '../../core/proof/challenge.ts';
import {
  CHALLENGE_TTL_SECONDS_MAX,
  CLOCK_SKEW_SECONDS,
  judgeChallenge,
} from '../../core/proof/index.ts';
import { Keyring, parseMacKey } from '../../core/proof/keyring.ts';
import { SEALED_CHARS_MAX } from '../../core/proof/sealed-token.ts';
import { ACTIVE, bytes, challenge, context, NOW_SECONDS, PREVIOUS } from './samples.ts';

const ring = new Keyring(ACTIVE, [PREVIOUS]);
const passes = ring.sealer('human-pass');
const body = utf8('a pass for one');

const wordOf = (result: { ok: true } | { ok: false; error: string }): string =>
  result.ok ? 'ok' : result.error;
const opened = (text: string, from = passes): string => wordOf(from.open(text));

describe('a sealed token', () => {
  it('reads back as it was sealed, and by whoever has the key', () => {
    expect(passes.open(passes.seal(body))).toEqual({ ok: true, value: body });
    const elsewhere = new Keyring({ kid: 9, secret: bytes(32) }, [ACTIVE]).sealer('human-pass');
    expect(elsewhere.open(passes.seal(body))).toEqual({ ok: true, value: body });
    expect(passes.open(passes.seal(utf8('')))).toEqual({ ok: true, value: utf8('') });
  });

  it('with any single bit flipped is refused', () => {
    const [named = '', tag = ''] = passes.seal(body).split('.');
    const seen = new Set<string>();
    for (const [part, build] of [
      [named, (text: string) => `${text}.${tag}`],
      [tag, (text: string) => `${named}.${text}`],
    ] as const) {
      const raw = fromBase64Url(part) ?? utf8('');
      for (let bit = 0; bit < raw.length * 8; bit += 1) {
        const flipped = raw.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        seen.add(opened(build(toBase64Url(flipped))));
      }
    }
    expect([...seen].sort()).toEqual(['bad-mac', 'unknown-key']);
  });

  it.each([
    ['nothing', () => ''],
    ['a dot', () => '.'],
    ['a tag alone', () => `.${'A'.repeat(43)}`],
    ['no dot', () => passes.seal(body).replace('.', '')],
    ['a short tag', () => passes.seal(body).slice(0, -1)],
    ['padding', () => `${passes.seal(body)}=`],
    ['a third part', () => `${passes.seal(body)}.${'A'.repeat(43)}`],
    ['the other alphabet', () => passes.seal(body).replace('.', '+.')],
    ['too many characters', () => `${'A'.repeat(SEALED_CHARS_MAX)}.${'A'.repeat(43)}`],
  ])('that is %s is malformed', (_name, text) => {
    expect(opened(text())).toBe('malformed');
  });

  it('has one spelling: no other last character is accepted', () => {
    const text = passes.seal(body);
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const accepted = [...letters].filter((one) => opened(text.slice(0, -1) + one) === 'ok');
    expect(accepted).toEqual([text.slice(-1)]);
  });

  it('has an end: more than fits is our own fault', () => {
    expect(() => passes.seal(bytes(SEALED_CHARS_MAX))).toThrow('sealed token');
    expect(opened(passes.seal(bytes(300)))).toBe('ok');
  });
});

/** What one key for everything would be: a tag says nothing about what it was made for. */
const naiveTag = (message: Bytes): string =>
  createHmac('sha256', ACTIVE.secret).update(message).digest('base64url');
const naiveOpens = (text: string): boolean => {
  const [message = '', tag] = text.split('.');
  return naiveTag(fromBase64Url(message) ?? utf8('')) === tag;
};

describe('a tag made for one purpose', () => {
  // The body of a challenge, dressed as a pass: version and kid stand where a pass has its kid.
  const asChallenge = encodeChallenge(challenge());
  const passKid = concatBytes([Uint8Array.of(ACTIVE.kid), asChallenge.slice(1)]) as Bytes;

  it('opens nothing of another, with the same kid and the same bytes (attack 23)', () => {
    const [named = '', passTag = ''] = passes.seal(passKid.slice(1)).split('.');
    expect(fromBase64Url(named)).toEqual(passKid);
    // The tag of a pass under the bytes of a challenge, and the other way round.
    expect(wordOf(ring.open(`${toBase64Url(asChallenge)}.${passTag}`))).toBe('bad-mac');
    const [, challengeTag = ''] = ring.seal(challenge()).split('.');
    expect(opened(`${named}.${challengeTag}`)).toBe('bad-mac');
    // A whole token of the one shown as the other.
    expect(wordOf(ring.open(passes.seal(passKid)))).not.toBe('ok');
    expect(opened(ring.seal(challenge()))).not.toBe('ok');
  });

  it('opens everything where one key serves all purposes (the naive way)', () => {
    // Issued as a pass with bytes of the attacker's liking, accepted as a challenge.
    const issuedAsPass = `${toBase64Url(asChallenge)}.${naiveTag(asChallenge)}`;
    expect(naiveOpens(issuedAsPass)).toBe(true);
    expect(wordOf(ring.open(issuedAsPass))).toBe('bad-mac');
  });

  it('is nothing where the root secret itself made it (attack 23)', () => {
    for (const prefix of ['', 'ip1\0', 'weighbridge sealed 1 human-pass\0']) {
      const mac = (message: Bytes): string =>
        createHmac('sha256', ACTIVE.secret).update(prefix).update(message).digest('base64url');
      const wire = `${toBase64Url(asChallenge)}.${mac(asChallenge)}`;
      expect(wordOf(ring.open(wire))).toBe('bad-mac');
      expect(opened(`${toBase64Url(passKid)}.${mac(passKid)}`)).toBe('bad-mac');
    }
  });
});

describe('a key that was retired', () => {
  const retiredAtSeconds = NOW_SECONDS + 10;
  const after = new Keyring({ kid: 9, secret: bytes(32) }, [{ ...ACTIVE, retiredAtSeconds }]);
  const issued = (issuedAtSeconds: number, seconds = 90) =>
    challenge({
      issuedAtSeconds,
      notBeforeSeconds: issuedAtSeconds,
      expiresAtSeconds: issuedAtSeconds + seconds,
    });

  it.each([
    [-60, 'ok'],
    [0, 'ok'],
    [10, 'ok'],
    [11, 'unknown-key'],
    [3_600, 'unknown-key'],
  ])('opens what it sealed %d s from now as %s (attack 23)', (seconds, verdict) => {
    expect(wordOf(after.open(ring.seal(issued(NOW_SECONDS + seconds))))).toBe(verdict);
  });

  it('opens nothing that is still good after the longest life of a challenge', () => {
    const atSeconds = retiredAtSeconds + CHALLENGE_TTL_SECONDS_MAX + CLOCK_SKEW_SECONDS;
    const words = new Set<string>();
    // Whoever has the old key writes any times; some of them would be good without the end.
    for (let back = -CLOCK_SKEW_SECONDS; back <= 2 * CHALLENGE_TTL_SECONDS_MAX; back += 1) {
      const one = issued(atSeconds - back, CHALLENGE_TTL_SECONDS_MAX);
      const read = after.open(ring.seal(one));
      const verdict = read.ok
        ? judgeChallenge(read.value, context({ nowSeconds: atSeconds }))
        : read;
      words.add(wordOf(verdict));
    }
    expect([...words].sort()).toEqual(['expired', 'unknown-key']);
    // Without a time of retirement the same key is as good as an active one.
    const open = new Keyring({ kid: 9, secret: bytes(32) }, [ACTIVE]);
    const fresh = open.open(ring.seal(issued(atSeconds)));
    const judged = fresh.ok
      ? judgeChallenge(fresh.value, context({ nowSeconds: atSeconds }))
      : fresh;
    expect(wordOf(judged)).toBe('ok');
  });

  it('does not open a forgery a moment sooner: the tag is looked at first', () => {
    const [named = ''] = ring.seal(issued(NOW_SECONDS + 99)).split('.');
    expect(wordOf(after.open(`${named}.${'A'.repeat(43)}`))).toBe('bad-mac');
  });

  it('ends for other tokens too, where their reader says when they were sealed', () => {
    const stamp = (seconds: number): Bytes => utf8(String(seconds));
    const readAt = (text: Bytes): number => Number(new TextDecoder().decode(text));
    const reader = after.sealer('human-pass', readAt);
    expect(opened(passes.seal(stamp(retiredAtSeconds)), reader)).toBe('ok');
    expect(opened(passes.seal(stamp(retiredAtSeconds + 1)), reader)).toBe('unknown-key');
    expect(opened(passes.seal(stamp(retiredAtSeconds + 1)), after.sealer('human-pass'))).toBe('ok');
  });

  it('is not retired while it is the active one', () => {
    const both = new Keyring(ACTIVE, [{ ...ACTIVE, retiredAtSeconds: 1 }]);
    expect(wordOf(both.open(both.seal(issued(NOW_SECONDS))))).toBe('ok');
  });
});

describe('the time of retirement', () => {
  const key = `7:${'A'.repeat(43)}`;

  it('stands behind the key, in seconds', () => {
    expect(parseMacKey(`${key}:1800000000`)).toMatchObject({
      kid: 7,
      retiredAtSeconds: 1_800_000_000,
    });
    expect(parseMacKey(key)).not.toHaveProperty('retiredAtSeconds');
  });

  it.each([':', ':x', ':-1', ':1.5', ':1e9', ':1800000000000', ':9999999999', ':1:2', ': 1'])(
    'is refused as %j',
    (end) => {
      expect(parseMacKey(`${key}${end}`)).toBeNull();
    },
  );
});
