// The thief who has a copy of a user's token, through the real stack, and the naive gateway at the
// end that serves him. If this breaks, a token in somebody's log is that user's budget.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { askChallenge, prove, readChallenge } from '../support/anonymous.ts';
import { CHAT, chatBody, spentOf } from '../support/chat.ts';
import { handmadeProof } from '../support/dpop-user.ts';
import { identitiesOf } from '../support/identity-provider.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { BODY, dpopOf, firstChallenge, idp, PROVIDERS } from '../support/user-stack.ts';
import { startUserStack, type UserStack } from '../support/user-stack.ts';

let stack: UserStack;
let token: string;
let name = '';
let users = 0;

beforeAll(async () => {
  stack = await startUserStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 2, chunkDelayMs: 0 });
  users += 1;
  name = `user-${String(users)}`;
  token = stack.tokenOf(name);
});

afterAll(() => stack.close());

describe('a stolen token', () => {
  test('gets challenges, and can redeem none of them', async () => {
    const wire = await stack.challengeFor(token);
    expect(readChallenge(wire).jkt).toBe(stack.alice.jkt);
    await stack.expectRejected({ ...(await prove(wire, BODY)), ...dpopOf(token) });
    await stack.expectRejected({
      ...(await prove(wire, BODY, stack.thief.device)),
      ...dpopOf(token),
    });
    await stack.expectRejected(await stack.honest(wire, token, stack.thief));
    // None of these has spent it.
    expect((await stack.send(await stack.honest(wire, token))).status).toBe(200);
  });

  test('does not get a challenge for the thief’s key', async () => {
    const response = await stack.ask(dpopOf(token), { jkt: stack.thief.jkt });
    const problem = expectProblem(await heard(response), 400, 'request_invalid');
    expect(problem.detail).toContain('another key');
    expect((await stack.ask(dpopOf(token), { jkt: stack.alice.jkt })).status).toBe(200);
  });

  test('is refused with a challenge that the thief got for himself', async () => {
    const wire = await askChallenge(stack.gatewayUrl, { path: CHAT, jkt: stack.thief.jkt });
    await stack.expectRejected({
      ...(await prove(wire, BODY, stack.thief.device)),
      ...dpopOf(token),
    });
    await stack.expectRejected(await stack.honest(wire, token, stack.thief));
  });

  test('is refused as a bearer token, whoever shows it', async () => {
    const wire = await stack.challengeFor(token);
    const bearer = { Authorization: `Bearer ${token}` };
    await stack.expectRefused({ ...(await prove(wire, BODY)), ...bearer });
    await stack.expectRefused({ ...(await prove(wire, BODY, stack.alice.device)), ...bearer });
    expectProblem(await heard(await stack.ask(bearer)), 401, 'token_invalid');
  });

  test('with a proof that was seen on the wire is a replay', async () => {
    const headers = await stack.honest(await stack.challengeFor(token), token);
    expect((await stack.send(headers)).status).toBe(200);
    await stack.resetEmulator();
    await stack.expectRejected(headers);
    const fresh = await stack.challengeFor(token);
    await stack.expectRejected({
      ...(await prove(fresh, BODY)),
      ...dpopOf(token),
      DPoP: headers['DPoP'] ?? '',
    });
  });
});

describe('a token that is no good', () => {
  test.each<[string, () => string, string]>([
    ['expired', () => idp.token({ cnf: { jkt: stack.alice.jkt }, exp: 1_700_000_000 }), 'expired'],
    [
      'of another issuer',
      () => idp.token({ cnf: { jkt: stack.alice.jkt }, iss: 'x' }),
      'not accepted',
    ],
    [
      'for somebody else',
      () => idp.token({ cnf: { jkt: stack.alice.jkt }, aud: 'x' }),
      'not accepted',
    ],
    ['bound to nothing', () => idp.token(), 'not accepted'],
    ['nobody signed', () => `${token.split('.').slice(0, 2).join('.')}.`, 'not accepted'],
    [
      'too long',
      () => idp.token({ cnf: { jkt: stack.alice.jkt }, pad: 'x'.repeat(6_200) }),
      'not accepted',
    ],
  ])('%s: refused in the call and when it asks for challenges', async (_name, make, words) => {
    const text = make();
    const wire = await stack.challengeFor(token);
    await stack.expectRefused({ ...(await prove(wire, BODY)), ...dpopOf(text) });
    const response = await stack.ask(dpopOf(text));
    expect(expectProblem(await heard(response), 401, 'token_invalid').detail).toContain(words);
  });
});

describe('a DPoP proof', () => {
  const request = (wire: string) => ({
    wire,
    url: stack.url,
    token,
    nowSeconds: Math.floor(Date.now() / 1_000),
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['as it should be', {}],
    ['for another method', { htm: 'PUT' }],
    ['for another host', { htu: `https://evil.example${CHAT}` }],
    ['for another port', { htu: `http://127.0.0.1:1${CHAT}` }],
    ['for another route', { htu: 'http://127.0.0.1/api/chat' }],
    ['with another nonce', { nonce: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['with another token', { ath: 'A'.repeat(43) }],
    ['from an hour ago', { iat: 1_700_000_000 }],
  ])('%s', async (_name, claims) => {
    const wire = await stack.challengeFor(token);
    const DPoP = handmadeProof(stack.alice, request(wire), claims);
    const headers = { ...(await prove(wire, BODY)), ...dpopOf(token), DPoP };
    if (Object.keys(claims).length > 0) await stack.expectRejected(headers);
    else expect((await stack.send(headers)).status).toBe(200);
  });

  test('leaves no room for another body', async () => {
    const wire = await stack.challengeFor(token);
    const { 'Content-Digest': _, ...headers } = await stack.honest(wire, token);
    await stack.expectRejected(headers, chatBody({ max_tokens: 15 }));
    const ahead = await stack.challengeFor(token, { bind: 'signature' });
    expect(readChallenge(ahead).bind).toBe(2);
    const { 'Content-Digest': __, ...loose } = await stack.honest(ahead, token);
    await stack.expectRejected(loose);
    await stack.expectRejected(loose, chatBody({ max_tokens: 15 }));
  });
});

// The last two change the policy of the stack.
test('junk tokens at the challenge endpoint are counted, though none gets a challenge', async () => {
  const proof = { floorHashes: 256, capHashes: 4_096, asks: { atOnce: 8, perSecond: 1 } };
  await stack.restartWith(await stack.files.write('few', identitiesOf(PROVIDERS), { proof }));
  const junk = `${token.slice(0, -4)}AAAA`;
  const statuses: number[] = [];
  for (let asked = 0; asked < 12; asked += 1) statuses.push((await stack.ask(dpopOf(junk))).status);
  expect(statuses.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 401));
  expect(statuses.slice(8)).toContain(429);
});

test('a gateway that takes tokens bound to nothing serves the thief (naive control)', async () => {
  const naive = await stack.files.write('naive', identitiesOf(PROVIDERS, { requireDpop: false }));
  await stack.restartWith(naive);
  const loose = idp.token({ sub: name });
  const bearer = { Authorization: `Bearer ${loose}` };
  const wire = await firstChallenge(await stack.ask(bearer, { jkt: stack.thief.jkt }));
  const response = await stack.send({
    ...(await prove(wire, BODY, stack.thief.device)),
    ...bearer,
  });
  expect(response.status).toBe(200);
  expect((await spentOf(stack, `user:${name}`)).requests).toBe(1);
  // A bound one is no more use to him here than before.
  await stack.resetEmulator();
  const stolen = await stack.challengeFor(token);
  await stack.expectRejected({
    ...(await prove(stolen, BODY, stack.thief.device)),
    ...dpopOf(token),
  });
  await stack.expectRefused({ ...(await prove(stolen, BODY)), Authorization: `Bearer ${token}` });
});
