// The bytes of private tokens: challenges, tokens and keys as RFC 9577 and RFC 9578 lay them out,
// against the figures that RFC 9577 publishes. What breaks if this fails: no issuer's token is
// accepted, or one that was made for another challenge is.

import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { readIssuerKey } from '../../core/proof/issuer-key.ts';
import {
  formatTokenOffer,
  paddedBase64Url,
  parseToken,
  readAuthorization,
  TOKEN_BYTES,
  tokenChallengeFor,
} from '../../core/proof/private-token.ts';
import { present } from '../../core/result.ts';
import { makeIssuer, readsAsToken } from '../support/issuer.ts';
import published from './rfc9577-structures.json' with { type: 'json' };
import { bytes } from './samples.ts';

const TERMS = { issuer: 'issuer.example', origin: 'origin.example' };
const hex = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'hex'));
const digestOf = (challengeWire: string, terms = TERMS): string =>
  createHash('sha256').update(tokenChallengeFor(challengeWire, terms)).digest('hex');

describe('a token challenge', () => {
  it('is laid out as RFC 9577 section 2.1 has it', () => {
    const context = createHash('sha256').update('pat\0').update('c.t').digest('hex');
    const name = (text: string): string =>
      Buffer.from(text).length.toString(16).padStart(4, '0') + Buffer.from(text).toString('hex');
    expect(toHex(tokenChallengeFor('c.t', TERMS))).toBe(
      `0002${name('issuer.example')}20${context}${name('origin.example')}`,
    );
  });

  it('is another for another challenge, issuer and origin, however the parts are cut', () => {
    const digests = [
      digestOf('c.t'),
      digestOf('c.u'),
      digestOf('c.t', { ...TERMS, issuer: 'other.example' }),
      digestOf('c.t', { ...TERMS, origin: 'other.example' }),
      digestOf('c.t', { issuer: 'issuer.example\0', origin: 'rigin.example' }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe('a token', () => {
  it('is read in one length and of one type, as another parser reads it', () => {
    const token = bytes(TOKEN_BYTES);
    token.set([0, 2]);
    expect(parseToken(token)?.signed).toEqual(token.slice(0, 98));
    expect(readsAsToken(token)).toBe(true);
    for (const length of [0, 1, 97, 98, 353, 355]) {
      expect(parseToken(new Uint8Array([...token, 0]).slice(0, length))).toBeNull();
    }
    for (const type of [0, 1, 3, 0xda, 0x0200]) {
      const other = token.slice();
      other.set([type >> 8, type & 255]);
      expect(parseToken(other)).toBeNull();
    }
  });

  it('is read from Authorization padded or not, quoted or not, and in no other way', () => {
    const read = (value: string): string | null => {
      const found = readAuthorization(value);
      return found === null ? null : toHex(found);
    };
    for (const value of ['token="AQID-_8="', 'token="AQID-_8"', 'token=AQID-_8=']) {
      expect(read(`PrivateToken ${value}`)).toBe('010203fbff');
    }
    for (const value of ['token="AQID+/8="', 'token="AQ ID"', 'token="AQ", a="b"', 'x="AQ"', '']) {
      expect(read(`PrivateToken ${value}`)).toBeNull();
    }
    expect(read('Bearer token="AQ"')).toBeNull();
  });
});

describe('the key of an issuer', () => {
  it('is wrapped again so that it is the same key', async () => {
    const { publicKey } = await makeIssuer();
    const published = new Uint8Array(Buffer.from(publicKey, 'base64url'));
    const key = readIssuerKey(published);
    expect(key === null ? null : toHex(key.keyId)).toBe(
      createHash('sha256').update(published).digest('hex'),
    );
    const spki = (der: Uint8Array) =>
      createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    const numbers = spki(key?.spki ?? new Uint8Array(0)).export({ format: 'jwk' });
    const modulus = Buffer.from(numbers.n ?? '', 'base64url');
    expect([modulus.length, numbers.e]).toEqual([256, 'AQAB']);
    expect(Buffer.from(published).includes(modulus)).toBe(true);
  });

  it('may be spelled as Node and OpenSSL write it, and is published as RFC 9578 has it', () => {
    const { publicKey } = generateKeyPairSync('rsa-pss', pss(2_048, 'sha384', 48));
    const der = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
    // NULL as the parameters of both hashes; here is the first.
    expect(toHex(der.slice(31, 36))).toBe('0402020500');
    const key = present(readIssuerKey(der), 'issuer key');
    expect([der.length, key.published.length]).toEqual([346, 342]);
    expect(readIssuerKey(key.published)).toEqual(key);
    expect(key.keyId).not.toEqual(new Uint8Array(createHash('sha256').update(der).digest()));
    const onlyOneNull = toHex(der).replace(
      /^30820156304106(.{20})3034a00f300d(.{22})0500/,
      '30820154303f06$13032a00d300b$2',
    );
    expect(onlyOneNull).toHaveLength(2 * 344);
    expect(readIssuerKey(hex(onlyOneNull))).toBeNull();
    expect(readIssuerKey(der.slice(0, -1))).toBeNull();
    expect(readIssuerKey(new Uint8Array([...der, 0]))).toBeNull();
  });

  it.each([
    ['an rsaEncryption key', generateKeyPairSync('rsa', { modulusLength: 2_048 })],
    ['a shorter key', generateKeyPairSync('rsa-pss', pss(1_024, 'sha384', 48))],
    ['a longer key', generateKeyPairSync('rsa-pss', pss(3_072, 'sha384', 48))],
    ['a key of another hash', generateKeyPairSync('rsa-pss', pss(2_048, 'sha256', 48))],
    ['a key of another salt', generateKeyPairSync('rsa-pss', pss(2_048, 'sha384', 32))],
    ['an elliptic key', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ])('is not %s', (_, { publicKey }) => {
    const der = publicKey.export({ format: 'der', type: 'spki' });
    expect(readIssuerKey(new Uint8Array(der))).toBeNull();
  });

  it('is none with a byte more or less, and none of nothing', async () => {
    const published = Buffer.from((await makeIssuer()).publicKey, 'base64url');
    expect(readIssuerKey(new Uint8Array(published))).not.toBeNull();
    expect(readIssuerKey(new Uint8Array([...published, 0]))).toBeNull();
    expect(readIssuerKey(new Uint8Array(published.subarray(0, -1)))).toBeNull();
    expect(readIssuerKey(new Uint8Array(0))).toBeNull();
  });
});

function pss(modulusLength: number, hash: string, saltLength: number) {
  return {
    modulusLength,
    hashAlgorithm: hash,
    mgf1HashAlgorithm: hash,
    // A number, whatever its type says.
    saltLength: saltLength as unknown as string,
  };
}

describe('the figures of RFC 9577', () => {
  const header = published.header;

  it('are what we would write into WWW-Authenticate (appendix A.2)', () => {
    const offer = formatTokenOffer({
      challenge: paddedBase64Url(hex(header['token-challenge'])),
      tokenKey: paddedBase64Url(hex(header['token-key'])),
    });
    expect(header['WWW-Authenticate'].startsWith(`${offer},`)).toBe(true);
  });

  it('name the key as we do (appendices A.1 and A.2)', () => {
    const key = readIssuerKey(hex(header['token-key']));
    expect(key === null ? null : toHex(key.keyId)).toBe(published.token_key_id);
  });

  it.each(published.vectors)('are cut where appendix A.1 says, vector %#', (vector) => {
    const signed = vector.token_authenticator_input;
    const token = present(parseToken(hex(signed + '00'.repeat(256))), 'token');
    expect(toHex(token.signed)).toBe(signed);
    expect(toHex(token.signed.slice(2, 34))).toBe(published.nonce);
    expect(toHex(token.keyId)).toBe(published.token_key_id);
    const u16 = (part: string): string => (part.length / 2).toString(16).padStart(4, '0') + part;
    const context = vector.redemption_context;
    const contextBytes = (context.length / 2).toString(16).padStart(2, '0');
    const origin = u16(vector.origin_info);
    const wire = `0002${u16(published.issuer_name)}${contextBytes}${context}${origin}`;
    const digest = createHash('sha256').update(hex(wire)).digest('hex');
    expect(toHex(token.challengeDigest)).toBe(digest);
  });
});
