// Private tokens at the gates: where they may come from, and what a caller without one is told.
// What breaks if this fails: a browser that has tokens never gets to use one, or a token is good
// for a call that was not refused for the want of it.

import { beforeAll, describe, expect, it } from 'vitest';
import { readOffers } from './private-token-header.ts';
import { readBearer } from '../../worker/identify.ts';
import { callHeaders, refuse } from '../../worker/answer.ts';
import { privateToken } from '../../worker/verifiers/private-token.ts';
import { present } from '../../core/result.ts';
import type { Deps } from '../../worker/env.ts';
import { makeIssuer, type TestIssuer } from '../support/issuer.ts';
import { BODY, challengeFor, makeDeps, pass, random, routeOf, wordOf } from './gate-bench.ts';
import { policyAsking } from './policy-asking.ts';

let issuer: TestIssuer;
let next: TestIssuer;
let deps: Deps;

beforeAll(async () => {
  [issuer, next] = await Promise.all([makeIssuer(), makeIssuer()]);
  const publicKeys = [issuer.publicKey, next.publicKey];
  const terms = { issuer: issuer.name, publicKeys, origin: 'shop.example' };
  deps = makeDeps({ policy: policyAsking(['private-token'], { privateToken: terms }) });
});

const evidenceOf = (wire: string): Record<string, string> => ({ 'Inference-Proof': `c="${wire}"` });
const offerOf = (wire: string): Readonly<Record<string, string>> =>
  present(privateToken.parameters(wire, routeOf('app-chat'), deps), 'parameters');

async function refusalOf(wire: string): Promise<Response> {
  const outcome = await pass({ headers: evidenceOf(wire) }, deps);
  const denial = present(outcome.denial, 'denial');
  const headers = callHeaders(outcome.call, 'refuse', deps);
  return refuse(denial, outcome.call.requestId, deps.policy.docsUrl, headers);
}

describe('a call without the private token that its challenge asks for', () => {
  it('is told which one to get, for the challenge it presented, and gets in with it', async () => {
    const wire = challengeFor(deps);
    const answer = await refusalOf(wire);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    const offers = readOffers(answer.headers.get('WWW-Authenticate') ?? '');
    expect(offers).toEqual([{ issuer: issuer.name, origin: ['shop.example'], ...offerOf(wire) }]);

    const { challenge = '' } = offerOf(wire);
    const token = Buffer.from(await issuer.issue(challenge)).toString('base64url');
    for (const authorization of [
      `PrivateToken token="${token}"`,
      `PrivateToken token=${token}`,
      `privatetoken  token = "${token}"`,
    ]) {
      const headers = { ...evidenceOf(wire), Authorization: authorization };
      expect(wordOf(await pass({ headers }, deps))).toBe('passed');
    }
  });

  it('is told of a fresh challenge beside it', async () => {
    const answer = await refusalOf(challengeFor(deps));
    const fresh = answer.headers.get('Inference-Proof-Next') ?? '';
    expect(fresh).not.toBe('');
    expect(answer.headers.get('WWW-Authenticate')).toContain(`, Proof challenge="${fresh}"`);
  });

  it('is offered the padded base64url of RFC 9577', () => {
    const { challenge = '', tokenKey = '' } = offerOf(challengeFor(deps));
    for (const text of [challenge, tokenKey]) {
      expect(text.length % 4).toBe(0);
      expect(text).toMatch(/^[A-Za-z0-9_-]+={0,2}$/);
    }
  });
});

describe('a private token', () => {
  it('counts under every key of the issuer that the policy names, and under no other', async () => {
    const stranger = await makeIssuer();
    for (const [by, word] of [
      [issuer, 'passed'],
      [next, 'passed'],
      [stranger, 'invalid-private-token'],
    ] as const) {
      const wire = challengeFor(deps);
      const { challenge = '' } = offerOf(wire);
      const token = Buffer.from(await by.issue(challenge)).toString('base64url');
      const headers = { ...evidenceOf(wire), Authorization: `PrivateToken token="${token}"` };
      expect(wordOf(await pass({ headers }, deps))).toBe(word);
    }
  });

  it('that cannot be read is refused and not taken for none', async () => {
    for (const rest of ['', ' ', ' token=""', ' token="AAAA"', ' token="A A"', ' tok="AAAA"']) {
      const headers = { ...evidenceOf(challengeFor(deps)), Authorization: `PrivateToken${rest}` };
      expect(wordOf(await pass({ headers, body: BODY }, deps))).toBe('invalid-private-token');
    }
  });

  it('is no bearer token, so nobody is told that their API key is wrong', () => {
    const token = random(354);
    const Authorization = `PrivateToken token="${Buffer.from(token).toString('base64url')}"`;
    expect(readBearer(new Headers({ Authorization }), deps)).toEqual({
      ok: true,
      value: { apiKey: null, seen: false },
    });
  });
});
