// A challenge is believed only whole and only from us. Attacks by number are those of the protocol
// page: downgraded difficulty (8), splicing (13), respelling (22), rotated keys (23), another
// protocol's tag (28).

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64Url, toHex, utf8 } from '../../core/bytes.ts';
import {
  type Challenge,
  CHALLENGE_BYTES_MAX,
  decodeChallenge,
  encodeChallenge,
  formatChallenge,
  parseChallenge,
} from '../../core/proof/challenge.ts';
import { Keyring, parseMacKey } from '../../core/proof/keyring.ts';
import { ACTIVE, bytes, challenge, keyring, PREVIOUS, sealed, sealWith } from './samples.ts';

const errorOf = (wire: string, ring = keyring): string => {
  const opened = ring.open(wire);
  return opened.ok ? 'ok' : opened.error;
};

describe('a challenge', () => {
  it('reads back as it was sealed', () => {
    const one = challenge({ jkt: 'j'.repeat(43), conversationHash: bytes(32) });
    expect(keyring.open(keyring.seal(one))).toEqual({ ok: true, value: one });
  });

  it('reads back whatever stands in it', () => {
    const field = fc.uint8Array({ maxLength: 64 }).map((part) => new Uint8Array(part));
    const u32 = fc.nat({ max: 2 ** 32 - 1 });
    const u8 = fc.nat({ max: 255 });
    const any = fc.record({
      issuedAtSeconds: u32,
      notBeforeSeconds: u32,
      expiresAtSeconds: u32,
      algorithm: u8,
      k: u8,
      bits: u8,
      bind: u8,
      costNanoUsdMax: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      require: fc.nat({ max: 65_535 }),
      realm: fc.string({ unit: 'grapheme', maxLength: 20 }),
      route: fc.string({ maxLength: 20 }),
      principalHash: field,
      jkt: fc.string({ maxLength: 43 }),
      conversationHash: field,
    });
    fc.assert(
      fc.property(any, (parts) => {
        const one = challenge(parts);
        expect(decodeChallenge(encodeChallenge(one))).toEqual(one);
      }),
    );
  });

  it('with any single bit flipped is refused (attack 8)', () => {
    const [body = '', tag = ''] = keyring.seal(challenge()).split('.');
    const seen = new Set<string>();
    for (const [part, other, isBody] of [
      [body, tag, true],
      [tag, body, false],
    ] as const) {
      const raw = Buffer.from(part, 'base64url');
      for (let bit = 0; bit < raw.length * 8; bit += 1) {
        const flipped = Uint8Array.from(raw);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const text = toBase64Url(flipped);
        seen.add(errorOf(isBody ? `${text}.${other}` : `${other}.${text}`));
      }
    }
    expect([...seen].sort()).toEqual(['bad-mac', 'unknown-key']);
  });

  it.each([
    ['bits', { bits: 1 }],
    ['k', { k: 1 }],
    ['algorithm', { algorithm: 0 }],
    ['bind', { bind: 0 }],
    ['price', { costNanoUsdMax: 2 ** 40 }],
    ['requirements', { require: 0 }],
    ['expiry', { expiresAtSeconds: 2 ** 32 - 1 }],
    ['realm', { realm: 'other.example' }],
    ['route', { route: 'other' }],
    ['principal', { principalHash: bytes(32) }],
    ['device key', { jkt: 'j'.repeat(43) }],
    ['nonce', { nonce: bytes(16) }],
  ])('with its %s rewritten under the old tag is refused (attack 8)', (_, parts) => {
    const one = challenge();
    const [, tag = ''] = keyring.seal(one).split('.');
    const body = toBase64Url(encodeChallenge({ ...one, ...parts }));
    expect(errorOf(`${body}.${tag}`)).toBe('bad-mac');
  });

  it('with bytes moved over any boundary of its fields is refused (attack 13)', () => {
    const one = challenge({ realm: 'ab', route: 'cd', jkt: 'ef' });
    const [, tag = ''] = keyring.seal(one).split('.');
    const moved: Partial<Challenge>[] = [
      { realm: 'abc', route: 'd' },
      { realm: 'a', route: 'bcd' },
      { realm: '', route: 'abcd' },
      { realm: 'abcd', route: '' },
      { jkt: '', conversationHash: utf8('ef') },
      { jkt: 'e', conversationHash: utf8('f') },
    ];
    for (const parts of moved) {
      const body = encodeChallenge({ ...one, ...parts });
      expect(errorOf(`${toBase64Url(body)}.${tag}`)).toBe('bad-mac');
      expect(toHex(body)).not.toBe(toHex(encodeChallenge(one)));
    }
  });
});

describe('a body under a right tag', () => {
  const body = encodeChallenge(challenge());
  const opened = (raw: Uint8Array): string =>
    errorOf(formatChallenge(sealWith(ACTIVE.secret, Uint8Array.from(raw))));

  it('is read to its last byte: one more or any fewer is malformed', () => {
    expect(opened(body)).toBe('ok');
    expect(opened(new Uint8Array([...body, 0]))).toBe('malformed');
    for (let length = 2; length < body.length; length += 1) {
      expect(opened(body.slice(0, length)), `${String(length)} bytes`).toBe('malformed');
    }
  });

  it('is read at the edges of what fits: the longest field, the dearest price, a BOM', () => {
    const most = { realm: 'r'.repeat(256), costNanoUsdMax: Number.MAX_SAFE_INTEGER };
    for (const parts of [most, { realm: '\ufeffx' }]) {
      expect(keyring.open(sealed(parts))).toMatchObject({ ok: true, value: parts });
    }
  });

  it('of another version, or with a field that is too long, is malformed', () => {
    expect(opened(new Uint8Array([2, ...body.slice(1)]))).toBe('malformed');
    expect(opened(encodeChallenge(challenge({ realm: 'r'.repeat(257) })))).toBe('malformed');
    const far = body.slice();
    far.set([0xff, 0xff, 0xff, 0xff], 44);
    expect(opened(far)).toBe('malformed');
  });

  it('with a price past 2^53 or a text that is not UTF-8 is malformed', () => {
    const dear = body.slice();
    dear.set([0, 0x20, 0, 0, 0, 0, 0, 0], 34);
    expect(opened(dear)).toBe('malformed');
    const text = body.slice();
    text[48] = 0xff;
    expect(opened(text)).toBe('malformed');
  });
});

describe('the wire form', () => {
  const wire = sealed();
  const [body = '', tag = ''] = wire.split('.');

  it.each([
    ['nothing', ''],
    ['no tag', body],
    ['an empty tag', `${body}.`],
    ['a third part', `${wire}.x`],
    ['padding', `${body}=.${tag}`],
    ['padding behind the tag', `${wire}=`],
    ['the other alphabet', `${body}.${tag.slice(0, -1)}+`],
    ['a blank', ` ${wire}`],
    ['a line end', `${wire}\n`],
    ['a short tag', `${body}.${tag.slice(0, -2)}`],
    ['a long tag', `${body}.${tag}AA`],
    ['a percent sign', wire.replace('.', '%2e')],
    ['too many bytes', `${'A'.repeat(CHALLENGE_BYTES_MAX)}.${tag}`],
  ])('with %s is malformed (attack 22)', (_, text) => {
    expect(errorOf(text)).toBe('malformed');
  });

  it('has one spelling: no other last character of the tag is accepted (attack 22)', () => {
    const last = tag.slice(-1);
    const others = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
    const accepted = others.filter((one) => errorOf(`${body}.${tag.slice(0, -1)}${one}`) === 'ok');
    expect(accepted).toEqual([last]);
    // A decoder that drops stray bits takes four.
    const naive = others.filter((one) =>
      Buffer.from(tag.slice(0, -1) + one, 'base64url').equals(Buffer.from(tag, 'base64url')),
    );
    expect(naive).toHaveLength(4);
  });

  it('is parsed without a word about the tag', () => {
    expect(parseChallenge(`${body}.${'A'.repeat(43)}`)?.tag).toHaveLength(32);
  });
});

describe('the keys', () => {
  it('previous and next are accepted, the active one signs (attack 23)', () => {
    const old = new Keyring(PREVIOUS, []);
    const next = new Keyring({ kid: 8, secret: bytes(32) }, [ACTIVE]);
    expect(keyring.open(old.seal(challenge())).ok).toBe(true);
    expect(keyring.open(keyring.seal(challenge()))).toMatchObject({ value: { kid: ACTIVE.kid } });
    expect(next.open(keyring.seal(challenge())).ok).toBe(true);
  });

  it('of a rotation gone by, and those of nobody, are unknown (attack 23)', () => {
    const rotated = new Keyring({ kid: 9, secret: bytes(32) }, []);
    expect(errorOf(keyring.seal(challenge()), rotated)).toBe('unknown-key');
    for (let kid = 0; kid < 256; kid += 1) {
      const expected = kid === ACTIVE.kid ? 'ok' : kid === PREVIOUS.kid ? 'bad-mac' : 'unknown-key';
      expect(errorOf(sealed({ kid })), `kid ${String(kid)}`).toBe(expected);
    }
    expect(errorOf(`.${'A'.repeat(43)}`)).toBe('unknown-key');
  });

  it('do not open what was sealed for another purpose or version (attack 28)', () => {
    const body = encodeChallenge(challenge());
    for (const prefix of ['', 'ip2\0', 'ip1', 'pat\0', 'weighbridge api key v1\0']) {
      const outcome = errorOf(formatChallenge(sealWith(ACTIVE.secret, body, prefix)));
      expect([prefix, outcome]).toEqual([prefix, 'bad-mac']);
    }
  });

  it('that share a kid do not open each other (attack 23)', () => {
    const other = new Keyring({ kid: ACTIVE.kid, secret: bytes(32) }, []);
    expect(errorOf(keyring.seal(challenge()), other)).toBe('bad-mac');
  });

  it.each([
    ['7:' + 'A'.repeat(43), 7],
    ['0:' + 'A'.repeat(64), 0],
    ['255:' + 'A'.repeat(43), 255],
  ])('are read from %s', (text, kid) => {
    expect(parseMacKey(text)?.kid).toBe(kid);
  });

  it.each([
    '',
    ':',
    'A'.repeat(43),
    '7:',
    '7:short',
    `7:${'A'.repeat(41)}`,
    `256:${'A'.repeat(43)}`,
    `-1:${'A'.repeat(43)}`,
    `7:${'A'.repeat(43)}=`,
    `7:${'A'.repeat(42)}B`,
    `x:${'A'.repeat(43)}`,
    ` 7:${'A'.repeat(43)}`,
  ])('are refused where they are not one: %j', (text) => {
    expect(parseMacKey(text)).toBeNull();
  });
});
