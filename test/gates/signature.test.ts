// What an agent's signature has to cover and to say. Each case is a signature that is right as
// cryptography, by another implementation of RFC 9421, and says or covers too little. What breaks
// if one passes: a signature that was made for one request is good for another.

import { describe, expect, it } from 'vitest';
import { limitsOf } from '../../core/policy/limits.ts';
import type { SignatureAlgorithm } from '../../core/proof/agent-key.ts';
import { chargesOf } from '../../worker/charges.ts';
import { COMPONENTS, makeAgent, type Signing } from '../support/agents.ts';
import { BODY, challengeFor, makeDeps, NOW_MS, pass, URL_OF_CHAT, wordOf } from './gate-bench.ts';
import type { Sent } from './gate-bench.ts';
import { policyAsking } from './policy-asking.ts';

const NOW = NOW_MS / 1_000;

describe.each<SignatureAlgorithm>(['ed25519', 'ecdsa-p256-sha256'])('a signature, %s,', (alg) => {
  const agent = makeAgent(alg);
  const other = makeAgent(alg);
  const deps = makeDeps({
    policy: policyAsking(['signature'], { agents: [{ id: 'nightly', publicKey: agent.jwk }] }),
  });
  const signing: Signing = { url: URL_OF_CHAT, body: BODY, nowSeconds: NOW };
  const wireFor = (): string => challengeFor(deps, { principal: 'agent:nightly', caller: 'agent' });
  const signed = (change: Partial<Signing> = {}, wire = wireFor()) =>
    agent.sign(wire, { ...signing, ...change });
  const said = async (sent: Sent): Promise<string> => wordOf(await pass(sent, deps));
  const saidOf = async (change: Partial<Signing>, sent: Sent = {}): Promise<string> =>
    said({ ...sent, headers: await signed(change) });

  it('passes as agents write it', async () => {
    expect(await saidOf({})).toBe('passed');
    expect(await saidOf({ terms: { alg } })).toBe('passed');
    expect(await saidOf({ terms: { tag: 'weighbridge' } })).toBe('passed');
    expect(await saidOf({ label: 'my-own.label_1*' })).toBe('passed');
    expect(await saidOf({ components: COMPONENTS.toReversed() })).toBe('passed');
    expect(await saidOf({ terms: { created: NOW + 5, expires: NOW + 125 } })).toBe('passed');
  });

  it('charges the agent first, and its address as one with a key', async () => {
    const { call } = await pass({ headers: await signed() }, deps);
    const [first, shard] = chargesOf(call, deps);
    expect(first).toMatchObject({
      address: 'agent:nightly',
      message: { accounts: [{ principal: 'agent:nightly' }], nonceExpiresAtMs: NOW_MS + 90_000 },
    });
    const { policy } = deps;
    const ofKeys = limitsOf(policy, call.route, 'key:any', true);
    expect(first?.message.accounts[0]?.limits).toEqual(ofKeys);
    expect(ofKeys.some(({ unit }) => unit === 'nanoUsd')).toBe(true);
    const address = shard?.message.accounts.find(({ principal }) => principal === call.ip);
    expect(address?.limits).toEqual(limitsOf(policy, call.route, call.ip, true));
    expect(address?.limits).not.toEqual(limitsOf(policy, call.route, call.ip, false));
  });

  it('passes with more covered than it must', async () => {
    const all = ['@method', '@target-uri', '@authority', '@scheme', '@path', '@query'];
    expect(await saidOf({ components: [...all, 'content-type', 'content-digest'] })).toBe('passed');
    const fields = { 'Signature-Agent': 'a="https://agents.example", b="https://b.example"' };
    for (const component of [
      'signature-agent',
      { name: 'signature-agent', parameters: { key: 'b' } },
    ]) {
      expect(await saidOf({ fields, components: [...COMPONENTS, component] })).toBe('passed');
    }
  });

  it.each(COMPONENTS)('is refused where it does not cover %s', async (left) => {
    const components = COMPONENTS.filter((name) => name !== left);
    expect(await saidOf({ components })).toBe('signature-coverage');
  });

  it('is refused where a query is not covered, and passes where it is', async () => {
    const url = `${URL_OF_CHAT}?trace=1`;
    expect(await saidOf({ url }, { url })).toBe('signature-coverage');
    for (const more of ['@query', '@target-uri']) {
      const components = [...COMPONENTS, more];
      expect(await saidOf({ url, components }, { url })).toBe('passed');
      const another = { url: `${URL_OF_CHAT}?trace=2` };
      expect(await saidOf({ url, components }, another)).toBe('invalid-signature');
    }
  });

  it('is refused where it covers what the request does not have', async () => {
    const fields = { 'X-Extra': 'a' };
    const headers = await signed({ fields, components: [...COMPONENTS, 'x-extra'] });
    expect(await said({ headers })).toBe('passed');
    expect(await said({ headers: { ...headers, 'X-Extra': 'b' } })).toBe('invalid-signature');
    const { 'X-Extra': _, ...without } = headers;
    expect(await said({ headers: without })).toBe('signature-coverage');
  });

  it.each([
    ['made too far in the future', { created: NOW + 6, expires: NOW + 60 }, 'not-yet-valid'],
    ['over', { created: NOW - 60, expires: NOW }, 'expired'],
    ['good for too long', { created: NOW, expires: NOW + 121 }, 'ttl'],
    ['over before it was made', { created: NOW + 5, expires: NOW + 4 }, 'ttl'],
    ['without a time', { created: undefined }, 'signature-terms'],
    ['without an end', { expires: undefined }, 'signature-terms'],
    ['without a tag', { tag: undefined }, 'signature-terms'],
    ['of another protocol', { tag: 'fapi-2-request' }, 'signature-terms'],
    ['without a nonce', { nonce: undefined }, 'signature-nonce'],
    ['with a nonce of its own', { nonce: 'AAAAAAAAAAAAAAAAAAAAAA' }, 'signature-nonce'],
    ['of another algorithm', { alg: 'hmac-sha256' }, 'signature-terms'],
    ['with a term nobody knows', { extra: 'x' }, 'signature-terms'],
  ])('is refused where it is %s', async (_, terms, word) => {
    expect(await saidOf({ terms })).toBe(word);
  });

  it('is refused for the nonce of another challenge, though both are its own', async () => {
    const [one, two] = [wireFor(), wireFor()];
    const headers = await signed({}, one);
    expect(await said({ headers: { ...headers, 'Inference-Proof': `c="${two}"` } })).toBe(
      'signature-nonce',
    );
  });

  it('is refused for another body, and without a digest', async () => {
    const headers = await signed();
    expect(await said({ headers, body: `${BODY} ` })).toBe('digest');
    const { 'Content-Digest': digest, ...without } = headers;
    expect(digest).toMatch(/^sha-256=:/);
    expect(await said({ headers: without })).toBe('digest');
    const another = await signed({ body: `${BODY} ` });
    const swapped = { ...headers, 'Content-Digest': another['Content-Digest'] ?? '' };
    expect(await said({ headers: swapped, body: `${BODY} ` })).toBe('invalid-signature');
  });

  it('is refused by another key, under another label, as nothing and twice', async () => {
    const wire = wireFor();
    const headers = await signed({}, wire);
    const forged = await other.sign(wire, { ...signing, terms: { keyid: agent.keyId } });
    expect(await said({ headers: forged })).toBe('invalid-signature');
    const signature = headers['Signature'] ?? '';
    for (const [changed, word] of [
      [signature.replace('sig1', 'sig2'), 'invalid-signature'],
      ['', 'invalid-signature'],
      [`sig1=:${Buffer.alloc(64).toString('base64')}:`, 'invalid-signature'],
      [`${signature};x=1`, 'invalid-signature'],
      [`${signature}, ${signature}`, 'invalid-signature'],
      [`other=:AAAA:, ${signature}`, 'passed'],
    ] as const) {
      expect([changed, await said({ headers: { ...headers, Signature: changed } })]).toEqual([
        changed,
        word,
      ]);
    }
  });
});
