// Tokens that nobody signed, or signed for something else, and what the gate 'token' costs a flood
// of them. If this breaks, whoever can write JSON is any user they like.

import { createHmac, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Keyring } from '../../core/proof/keyring.ts';
import { prove } from '../support/anonymous.ts';
import { athOf, makeDpopUser } from '../support/dpop-user.ts';
import { AUDIENCE, compact, ISSUER } from '../support/identity-provider.ts';
import { BODY, challengeFor, makeDeps, pass, random, reached } from './gate-bench.ts';
import { type Sent, wordOf } from './gate-bench.ts';
import { boundTo, depsWith, handmade, makeProvider, NOW_SECONDS } from './user-bench.ts';
import { signed, userChallenge } from './user-bench.ts';

const idp = makeProvider();
const deps = depsWith(idp);
const alice = await makeDpopUser();
const token = idp.token(boundTo(alice));
const said = async (sent: Sent, by = deps): Promise<string> => wordOf(await pass(sent, by));

/** A call in alice's name with this token and everything else in order. */
const withToken = async (text: string): Promise<string> =>
  said({ headers: await handmade(userChallenge(deps, alice), alice, text) });

describe('a token', () => {
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'alice', exp: NOW_SECONDS + 60 };
  const bound = { ...claims, ...boundTo(alice) };
  const forge = (header: object, signer: (data: Buffer) => Buffer): string =>
    compact({ kid: 'one', typ: 'at+jwt', ...header }, bound, signer);
  const hmacWith = (key: string | Buffer) => (data: Buffer) =>
    createHmac('sha256', key).update(data).digest();
  const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
  const der = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
  const other = makeProvider();

  it.each<[string, () => string]>([
    ['nobody signed', () => forge({ alg: 'none' }, () => Buffer.alloc(0))],
    ['nobody signed, with a signature', () => forge({ alg: 'none' }, idp.signer)],
    ['nobody signed, in capitals', () => forge({ alg: 'NONE' }, () => Buffer.alloc(0))],
    [
      'under the public key as a secret (PEM)',
      () => forge({ alg: 'HS256' }, hmacWith(pem(idp.publicKey))),
    ],
    [
      'under the public key as a secret (DER)',
      () => forge({ alg: 'HS256' }, hmacWith(der(idp.publicKey))),
    ],
    [
      'under the public key as a secret (JWK)',
      () => forge({ alg: 'HS256' }, hmacWith(JSON.stringify(idp.jwk))),
    ],
    ['of another key under our key’s name', () => other.token(boundTo(alice))],
    [
      'of a key it brings along',
      () => other.token(boundTo(alice), { jwk: other.jwk, kid: undefined }),
    ],
    [
      'of a key it says where to fetch',
      () => other.token(boundTo(alice), { jku: 'https://evil.example/jwks', kid: 'x' }),
    ],
    ['of an algorithm the policy leaves out', () => makeProvider('EdDSA').token(boundTo(alice))],
    ['of an unknown key', () => idp.token(boundTo(alice), { kid: 'two' })],
    ['of another issuer', () => idp.token({ ...boundTo(alice), iss: 'https://id.example' })],
    ['of no issuer', () => idp.token({ ...boundTo(alice), iss: undefined })],
    ['for somebody else', () => idp.token({ ...boundTo(alice), aud: 'https://other.example' })],
    ['for nobody', () => idp.token({ ...boundTo(alice), aud: undefined })],
    ['for an empty list', () => idp.token({ ...boundTo(alice), aud: [] })],
    ['that has expired', () => idp.token({ ...boundTo(alice), exp: NOW_SECONDS - 60 })],
    ['that never expires', () => idp.token({ ...boundTo(alice), exp: undefined })],
    ['that expires in words', () => idp.token({ ...boundTo(alice), exp: 'never' })],
    ['not valid yet', () => idp.token({ ...boundTo(alice), nbf: NOW_SECONDS + 60 })],
    ['that is a DPoP proof', () => idp.token(boundTo(alice), { typ: 'dpop+jwt' })],
    ['that ends a session', () => idp.token(boundTo(alice), { typ: 'logout+jwt' })],
    ['that insists on an extension', () => idp.token(boundTo(alice), { crit: ['x'], x: 1 })],
    ['of nobody', () => idp.token({ ...boundTo(alice), sub: undefined })],
    ['of a user without a name', () => idp.token({ ...boundTo(alice), sub: '' })],
    ['of a user with a line break', () => idp.token({ ...boundTo(alice), sub: 'a\nb' })],
    ['of a user whose name is a number', () => idp.token({ ...boundTo(alice), sub: 7 })],
    ['of a user of 129 characters', () => idp.token({ ...boundTo(alice), sub: 'x'.repeat(129) })],
    [
      'of two users',
      () =>
        compact(
          { alg: 'ES256', kid: 'one' },
          `{"sub":"bob",${JSON.stringify(bound).slice(1)}`,
          idp.signer,
        ),
    ],
    ['bound to nothing', () => idp.token()],
    ['bound to a certificate', () => idp.token({ cnf: { 'x5t#S256': 'A'.repeat(43) } })],
    ['bound to no thumbprint', () => idp.token({ cnf: { jkt: '' } })],
    ['bound in words', () => idp.token({ cnf: alice.jkt })],
    ['too long', () => idp.token({ ...boundTo(alice), pad: 'x'.repeat(8_192) })],
  ])('%s is refused', async (_name, make) => {
    expect(await withToken(make())).toBe('token-invalid');
  });

  it('with any character of it changed is refused, every spelling of the last one too', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const headers = await signed(userChallenge(deps, alice), alice, token);
    const codes = new Set<string>();
    for (let at = 0; at < token.length; at += 1) {
      const letter = alphabet.indexOf(token[at] ?? '');
      if (letter < 0) continue;
      for (const bit of at === token.length - 1 ? [1, 2, 4, 8, 16, 32] : [1 << (at % 6)]) {
        const bent = token.slice(0, at) + alphabet.charAt(letter ^ bit) + token.slice(at + 1);
        codes.add(await said({ headers: { ...headers, Authorization: `DPoP ${bent}` } }));
      }
    }
    expect([...codes]).toEqual(['token-invalid']);
    expect(await said({ headers })).toBe('passed');
  });

  it('is not looked at without a challenge of ours, and touches no ledger', async () => {
    const before = reached.objects;
    let reads = 0;
    const counting = depsWith(idp);
    const tokens = counting.tokens;
    const spy = { read: () => (reads += 1), recall: () => null } as unknown as typeof tokens;
    const watched = { ...counting, tokens: spy };
    const elsewhere = makeDeps({ keyring: new Keyring({ kid: 1, secret: random(32) }, []) });
    const foreign = await signed(userChallenge(elsewhere, alice), alice, token);
    expect(await said({ headers: foreign }, watched)).toBe('bad-mac');
    expect(await said({ headers: { Authorization: `DPoP ${token}` } }, watched)).toBe(
      'proof-required',
    );
    expect(reads).toBe(0);
    expect(reached.objects).toBe(before);
  });

  it('is nothing where the policy names no identity provider, or it is none at all', async () => {
    const plain = makeDeps();
    const headers = await prove(challengeFor(plain), BODY);
    for (const [text, by] of [
      [`Bearer ${token}`, plain],
      [`DPoP ${token}`, plain],
    ] as const) {
      const outcome = await pass({ headers: { ...headers, Authorization: text } }, by);
      expect([outcome.gate, outcome.call.user]).toEqual(['passed', null]);
      expect(outcome.call.bearerSeen).toBe(true);
    }
    const anonymous = await prove(challengeFor(deps), BODY);
    for (const text of [
      'Bearer sk-1',
      'Bearer a.b',
      'Basic YTpi',
      `Bearer ${token}, DPoP ${token}`,
    ]) {
      const outcome = await pass({ headers: { ...anonymous, Authorization: text } }, deps);
      expect([outcome.gate, outcome.call.user]).toEqual(['passed', null]);
    }
  });

  it('is remembered by its hash: another with the same ending is not', async () => {
    const headers = await signed(userChallenge(deps, alice), alice, token);
    expect(await said({ headers })).toBe('passed');
    const [first = '', , signature = ''] = token.split('.');
    const bobs = Buffer.from(JSON.stringify({ ...bound, sub: 'bob' })).toString('base64url');
    const mixed = `${first}.${bobs}.${signature}`;
    const forged = { ...headers, Authorization: `DPoP ${mixed}` };
    expect(await said({ headers: forged })).toBe('token-invalid');
    expect(athOf(mixed)).not.toBe(athOf(token));
  });
});
