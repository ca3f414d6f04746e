// DPoP proofs on the real gates. What breaks if this fails: a proof that was seen on the wire, or
// was made for another request, gives a call away.

import { sign } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { prove } from '../support/anonymous.ts';
import { makeDpopUser, privateJwk, privateOf, publicJwk } from '../support/dpop-user.ts';
import { BODY, challengeFor, NOW_MS, pass, POLICY, type Sent, wordOf } from './gate-bench.ts';
import { boundTo, depsWith, handmade, honest, makeProvider, NOW_SECONDS } from './user-bench.ts';
import { signed, userChallenge } from './user-bench.ts';

const idp = makeProvider();
const deps = depsWith(idp);
const alice = await makeDpopUser();
const thief = await makeDpopUser();
const token = idp.token(boundTo(alice));
const said = async (sent: Sent, by = deps): Promise<string> => wordOf(await pass(sent, by));

describe('a DPoP proof', () => {
  it('by the independent client is accepted', async () => {
    vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] });
    const headers = await honest(userChallenge(deps, alice), alice, token);
    vi.useRealTimers();
    expect(await said({ headers })).toBe('passed');
  });

  it('of an anonymous device is accepted in place of our own signature', async () => {
    const wire = challengeFor(deps, { principal: `device:${alice.jkt}`, jkt: alice.jkt });
    const { Authorization: _, ...headers } = await handmade(wire, alice, token, { ath: undefined });
    expect(await said({ headers })).toBe('passed');
    const withHash = await handmade(wire, alice, token);
    delete withHash['Authorization'];
    expect(await said({ headers: withHash })).toBe('invalid-dpop');
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['another method', { htm: 'GET' }],
    ['another path', { htu: 'https://gateway.example/v1/chat/completions' }],
    ['another host', { htu: 'https://evil.example/api/chat' }],
    ['another scheme', { htu: 'http://gateway.example/api/chat' }],
    ['another nonce', { nonce: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['no nonce', { nonce: undefined }],
    ['another token', { ath: 'A'.repeat(43) }],
    ['no token', { ath: undefined }],
    ['no name', { jti: undefined }],
    ['another time', { iat: NOW_SECONDS - 300 }],
    ['the future', { iat: NOW_SECONDS + 300 }],
    ['a time that is over', { exp: NOW_SECONDS - 60 }],
    ['a time to come', { nbf: NOW_SECONDS + 60 }],
  ])('for %s is refused', async (_name, claims) => {
    const headers = await handmade(userChallenge(deps, alice), alice, token, claims);
    expect(await said({ headers })).toBe('invalid-dpop');
  });

  it('of another challenge of the same user is refused', async () => {
    const [first, second] = [userChallenge(deps, alice), userChallenge(deps, alice)];
    const other = await handmade(first, alice, token);
    const headers = { ...(await handmade(second, alice, token)), DPoP: other['DPoP'] ?? '' };
    expect(await said({ headers })).toBe('invalid-dpop');
  });

  it('by another key is refused, whichever key it says it is', async () => {
    const wire = userChallenge(deps, alice);
    const theirs = privateOf(thief);
    const signer = (data: Buffer): Buffer =>
      sign('sha256', data, { key: theirs, dsaEncoding: 'ieee-p1363' });
    const codes = [
      await said({ headers: await handmade(wire, thief, token) }),
      await said({ headers: await handmade(wire, alice, token, {}, {}, signer) }),
      await said({
        headers: await handmade(wire, thief, token, {}, { jwk: publicJwk(alice) }),
      }),
    ];
    expect(codes).toEqual(['jkt', 'invalid-dpop', 'invalid-dpop']);
  });

  it.each<[string, () => Readonly<Record<string, unknown>>]>([
    ['of no algorithm', () => ({ alg: 'none' })],
    ['of a shared secret', () => ({ alg: 'HS256' })],
    ['of the wrong type', () => ({ typ: 'JWT' })],
    ['with its private key', () => ({ jwk: privateJwk(alice) })],
    ['without a key', () => ({ jwk: undefined })],
    [
      'with a point off the curve',
      () => ({ jwk: { ...publicJwk(alice), y: publicJwk(alice)['x'] } }),
    ],
  ])('%s is refused', async (_name, header) => {
    const headers = await handmade(userChallenge(deps, alice), alice, token, {}, header());
    expect(['invalid-dpop', 'jkt']).toContain(await said({ headers }));
  });

  it('twice, or in a list, is refused', async () => {
    const headers = await handmade(userChallenge(deps, alice), alice, token);
    const proof = headers['DPoP'] ?? '';
    expect(await said({ headers: { ...headers, DPoP: `${proof}, ${proof}` } })).toBe(
      'invalid-dpop',
    );
    expect(await said({ headers: { ...headers, DPoP: '' } })).toBe('invalid-dpop');
    expect(await said({ headers: { ...headers, DPoP: 'x'.repeat(4_096) } })).toBe('invalid-dpop');
    expect(await said({ headers })).toBe('passed');
  });

  it('with any character of it changed is refused', async () => {
    const headers = await handmade(userChallenge(deps, alice), alice, token);
    const proof = headers['DPoP'] ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    let tried = 0;
    for (let at = 0; at < proof.length; at += 1) {
      const letter = alphabet.indexOf(proof[at] ?? '');
      const bent = alphabet.charAt(letter ^ (1 << (at % 6)));
      const changed = letter < 0 ? 'A' : bent;
      const DPoP = proof.slice(0, at) + changed + proof.slice(at + 1);
      expect(await said({ headers: { ...headers, DPoP } })).not.toBe('passed');
      tried += 1;
    }
    expect(tried).toBe(proof.length);
  });

  it('beside our own signature has to hold too, and so has the signature', async () => {
    const wire = userChallenge(deps, alice);
    const own = await signed(wire, alice, token);
    const { DPoP = '' } = await handmade(wire, alice, token);
    const { DPoP: wrong = '' } = await handmade(wire, alice, token, { htm: 'GET' });
    const theirs = await signed(wire, thief, token);
    expect(await said({ headers: { ...own, DPoP } })).toBe('passed');
    expect(await said({ headers: { ...own, DPoP: wrong } })).toBe('invalid-dpop');
    expect(await said({ headers: { ...theirs, DPoP } })).toBe('jkt');
  });
});

describe('a DPoP proof covers no body', () => {
  it('so a changed body is refused by the work, whose seed has the digest', async () => {
    const headers = await handmade(userChallenge(deps, alice), alice, token);
    delete headers['Content-Digest'];
    expect(await said({ headers, body: `${BODY} ` })).toBe('invalid-work');
    expect(await said({ headers })).toBe('passed');
  });

  it('so it is not enough for work that was solved ahead', async () => {
    const wire = userChallenge(deps, alice, { ahead: true });
    const headers = await handmade(wire, alice, token);
    delete headers['Content-Digest'];
    expect(await said({ headers })).toBe('jkt');
    expect(await said({ headers, body: `${BODY} ` })).toBe('jkt');
    const { DPoP = '' } = headers;
    const { 'Content-Digest': _, ...ours } = await signed(wire, alice, token);
    const own = { ...ours, DPoP };
    expect(await said({ headers: own })).toBe('passed');
    expect(await said({ headers: own, body: `${BODY} ` })).toBe('invalid-signature');
  });

  it('so it is not enough where no work is asked for', async () => {
    const rules = [{ callers: ['user'], require: ['device'] }] as const;
    const idle = depsWith(idp);
    const lazy = { ...idle, policy: { ...idle.policy, proofRules: rules } };
    const wire = userChallenge(lazy, alice);
    const { 'Inference-Proof': _, ...rest } = await handmade(wire, alice, token);
    const headers = { ...rest, 'Inference-Proof': `c="${wire}"` };
    expect(await said({ headers }, lazy)).toBe('jkt');
    const proven = await prove(wire, BODY, alice.device);
    const own = { ...rest, 'Inference-Proof': proven['Inference-Proof'] ?? '' };
    expect(await said({ headers: own }, lazy)).toBe('passed');
    expect(POLICY.proofRules).toEqual([]);
  });
});
