// DPoP proofs against the RFC's own examples, and what a proof has to say. What breaks if this
// fails: a proof made for one request is good for another, and a copied token has a use again.

import { createHash, createPublicKey, type JsonWebKeyInput, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromBase64Url, utf8 } from '../../core/bytes.ts';
import { type DpopContext, isForRequest, readDpopProof } from '../../core/proof/dpop.ts';
import { normalHttpUri } from '../../core/proof/http-uri.ts';
import { thumbprint } from '../../core/proof/thumbprint.ts';
import { present } from '../../core/result.ts';
import { compact } from '../support/identity-provider.ts';

/** RFC 9449, the header of figures 2 and 12. */
const HEADER =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6Ik' +
  'VDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR' +
  'nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JE' +
  'QSIsImNydiI6IlAtMjU2In19';

/** RFC 9449, 4.1, figure 2: a proof for a token request. */
const FIGURE_2 =
  `${HEADER}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIj` +
  'oiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwia' +
  'WF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg' +
  '4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg';

/** RFC 9449, 7.1: a proof for a protected resource, with the token it was shown with. */
const RESOURCE =
  `${HEADER}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj` +
  'oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z' +
  'WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF' +
  'c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71E' +
  'OptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA';
const RESOURCE_TOKEN = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';

/** RFC 9449, 6.1: `cnf.jkt` of a token bound to the key of these examples. */
const RFC_JKT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
/** RFC 9449, section 8: the server's nonce, and it in a proof's claims. */
const RFC_NONCE = 'eyJ7S_zG.eyJH0-Z.HX4w-7v';

const sha256Of = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());

describe('the examples of RFC 9449', () => {
  it.each([
    ['figure 2', FIGURE_2],
    ['section 7.1', RESOURCE],
  ])('%s is read, carries the key of section 6.1, and is signed by it', (_name, text) => {
    const proof = present(readDpopProof(text), 'proof');
    expect(thumbprint(proof.point)).toBe(RFC_JKT);
    const [header = '', claims = '', signature = ''] = text.split('.');
    const { jwk } = JSON.parse(Buffer.from(header, 'base64url').toString()) as {
      jwk: JsonWebKeyInput['key'];
    };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const signed = verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    expect(signed).toBe(true);
  });

  it('section 7.1 names its token by the hash we would ask for, and lacks only our nonce', () => {
    const proof = present(readDpopProof(RESOURCE), 'proof');
    const context: DpopContext = {
      method: 'GET',
      url: 'https://resource.example.org/protectedresource',
      nowSeconds: 1_562_262_618,
      nonce: new Uint8Array(16),
      tokenHash: sha256Of(RESOURCE_TOKEN),
    };
    expect(proof.claims['ath']).toBe('fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo');
    expect(isForRequest(proof, context)).toBe(false);
    const nonce = 'AAAAAAAAAAAAAAAAAAAAAA';
    const withNonce = { ...proof, claims: { ...proof.claims, nonce } };
    expect(isForRequest(withNonce, context)).toBe(true);
    expect(isForRequest(withNonce, { ...context, tokenHash: null })).toBe(false);
  });

  it("the nonce of section 8 is somebody else's: ours are 16 bytes in base64url", () => {
    expect(fromBase64Url(RFC_NONCE)).toBeNull();
    const proof = present(readDpopProof(FIGURE_2), 'proof');
    const claims = { ...proof.claims, nonce: RFC_NONCE };
    const context: DpopContext = {
      method: 'POST',
      url: 'https://server.example.com/token',
      nowSeconds: 1_562_262_616,
      nonce: utf8('eyJ7S_zG.eyJH0-Z'),
      tokenHash: null,
    };
    expect(isForRequest({ ...proof, claims }, context)).toBe(false);
    const own = { ...proof.claims, nonce: 'ZXlKN1NfekcuZXlKSDAtWg' };
    expect(isForRequest({ ...proof, claims: own }, context)).toBe(true);
  });
});

describe('what is read as a proof', () => {
  const { jwk } = JSON.parse(Buffer.from(HEADER, 'base64url').toString()) as {
    jwk: Record<string, unknown>;
  };
  const made = (header: Record<string, unknown> | string): string =>
    compact(header, { jti: 'x' }, () => Buffer.alloc(64, 1));
  const usual = { typ: 'dpop+jwt', alg: 'ES256', jwk };

  it('is the usual one', () => {
    expect(readDpopProof(made(usual))).not.toBeNull();
  });

  it.each([
    ['of another type', { ...usual, typ: 'JWT' }],
    ['of no type', { ...usual, typ: undefined }],
    ['of no algorithm', { ...usual, alg: 'none' }],
    ['of a shared secret', { ...usual, alg: 'HS256' }],
    ['of another algorithm', { ...usual, alg: 'RS256' }],
    ['without a key', { ...usual, jwk: undefined }],
    ['with two keys', { ...usual, jwk: [jwk, jwk] }],
    ['with a private key', { ...usual, jwk: { ...jwk, d: jwk['x'] } }],
    ['with a shared secret as its key', { ...usual, jwk: { kty: 'oct', k: 'AAAA' } }],
    ['on another curve', { ...usual, jwk: { ...jwk, crv: 'P-384' } }],
    ['with a short coordinate', { ...usual, jwk: { ...jwk, x: String(jwk['x']).slice(0, 40) } }],
    ['with a coordinate that is a number', { ...usual, jwk: { ...jwk, x: 7 } }],
    ['with an extension', { ...usual, crit: ['b64'], b64: false }],
    ['with two keys by one name', JSON.stringify(usual).replace('"alg"', '"alg":"none","alg"')],
    ['that is no object', '["dpop+jwt"]'],
    ['that is too long', { ...usual, pad: 'x'.repeat(2_048) }],
  ])('never one %s', (_name, header) => {
    expect(readDpopProof(made(header))).toBeNull();
  });

  it.each([
    ['nothing', ''],
    ['two parts', FIGURE_2.split('.').slice(0, 2).join('.')],
    ['four parts', `${FIGURE_2}.AAAA`],
    ['no signature', `${FIGURE_2.split('.').slice(0, 2).join('.')}.`],
    ['two proofs, as two headers read', `${FIGURE_2}, ${FIGURE_2}`],
    ['a padded part', FIGURE_2.replace('.', '=.')],
    ['stray bits', `${FIGURE_2.slice(0, -1)}h`],
    ['a quoted proof', `"${FIGURE_2}"`],
  ])('never %s', (_name, text) => {
    expect(readDpopProof(text)).toBeNull();
  });
});

describe('the claims of a proof', () => {
  const context: DpopContext = {
    method: 'POST',
    url: 'https://ai.example/api/chat',
    nowSeconds: 1_800_000_000,
    nonce: new Uint8Array(16).fill(7),
    tokenHash: sha256Of('a.b.c'),
  };
  const good = {
    jti: 'one',
    htm: 'POST',
    htu: 'https://ai.example/api/chat',
    iat: 1_800_000_000,
    nonce: Buffer.alloc(16, 7).toString('base64url'),
    ath: createHash('sha256').update('a.b.c').digest('base64url'),
  };
  const judge = (claims: Record<string, unknown>, over: Partial<DpopContext> = {}): boolean =>
    isForRequest({ point: new Uint8Array(65), claims }, { ...context, ...over });

  it.each<[string, Record<string, unknown>]>([
    ['as they should be', {}],
    ['by a clock that is a minute slow', { iat: context.nowSeconds - 60 }],
    ['by a clock that is a minute fast', { iat: context.nowSeconds + 60 }],
    ['with a query, which does not count', { htu: `${good.htu}?a=b#c` }],
    ['in another spelling of the address', { htu: 'HTTPS://AI.example:443/%61pi/chat' }],
    ['with more than is asked', { extra: true }],
  ])('pass %s', (_name, change) => {
    expect(judge({ ...good, ...change })).toBe(true);
  });

  it.each<[string, Record<string, unknown>]>([
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti that is a number', { jti: 1 }],
    ['a jti of 257 characters', { jti: 'x'.repeat(257) }],
    ['another method', { htm: 'GET' }],
    ['the method in small letters', { htm: 'post' }],
    ['no method', { htm: undefined }],
    ['another path', { htu: 'https://ai.example/api/chats' }],
    ['another host', { htu: 'https://evil.example/api/chat' }],
    ['another port', { htu: 'https://ai.example:8443/api/chat' }],
    ['another scheme', { htu: 'http://ai.example/api/chat' }],
    ['a user before the host', { htu: 'https://ai.example@evil.example/api/chat' }],
    ['a path alone', { htu: '/api/chat' }],
    ['a list of addresses', { htu: [good.htu] }],
    ['a clock two minutes slow', { iat: context.nowSeconds - 120 }],
    ['a clock two minutes fast', { iat: context.nowSeconds + 120 }],
    ['a time in words', { iat: String(good.iat) }],
    ['no time', { iat: undefined }],
    ['no nonce', { nonce: undefined }],
    ['the nonce of another challenge', { nonce: Buffer.alloc(16, 8).toString('base64url') }],
    ['a padded nonce', { nonce: `${good.nonce}==` }],
    ['the hash of another token', { ath: createHash('sha256').update('x').digest('base64url') }],
    ['the hash of no token', { ath: undefined }],
    ['the token itself', { ath: 'a.b.c' }],
  ])('are refused with %s', (_name, change) => {
    expect(judge({ ...good, ...change })).toBe(false);
  });

  it('name no token where none is shown', () => {
    expect(judge(good, { tokenHash: null })).toBe(false);
    expect(judge({ ...good, ath: undefined }, { tokenHash: null })).toBe(true);
  });
});

describe('http addresses', () => {
  it.each([
    ['HTTP://Example.COM', 'http://example.com/'],
    ['http://example.com:80/', 'http://example.com/'],
    ['http://example.com:/', 'http://example.com/'],
    ['https://example.com:80/', 'https://example.com:80/'],
    ['http://127.0.0.1:8787/v1/chat?x#y', 'http://127.0.0.1:8787/v1/chat'],
    ['http://[2001:DB8::1]:80/a', 'http://[2001:db8::1]/a'],
    ['https://a.example/%7euser/%2f%2F%C3%a9', 'https://a.example/~user/%2F%2F%C3%A9'],
  ])('%s is %s', (text, normal) => {
    expect(normalHttpUri(text)).toBe(normal);
  });

  it.each([
    '',
    'ftp://a.example/',
    '//a.example/',
    'https:///a',
    'https://a b.example/',
    'https://u@a',
  ])('%j is none', (text) => {
    expect(normalHttpUri(text)).toBeNull();
  });
});
