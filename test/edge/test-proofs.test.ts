// Test proofs are for a developer's own test suite. What breaks if this fails: somebody's tests
// pass against refusals that the real gateway never gives, or a word that anybody can read in the
// documentation opens a gateway that spends real money.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Challenge } from '../../core/proof/challenge.ts';
import { keyringOf, readKeySet } from '../../core/proof/key-set.ts';
import { present } from '../../core/result.ts';
import { inRoot } from '../../local/paths.ts';
import { localSecrets } from '../../local/secrets.ts';
import { askChallenge, prove, readChallenge } from '../support/anonymous.ts';
import { CHAT, chatBody, decisionOf, LOCAL_IP, requestIdOf, spentOf } from '../support/chat.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { startZone, type Zone } from '../support/zone.ts';

const APP_CHAT = '/api/chat';
const BODY = chatBody();
const WORDS = ['pass', 'fail', 'replayed', 'expired', 'wrong-route', 'underpriced'] as const;

type Sent = Readonly<Record<string, string>>;

const show = (word: string): Sent => ({ 'Inference-Proof': `c="test.${word}"` });

const post = (url: string, headers: Sent, path = APP_CHAT, body = BODY): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });

describe('on a developer’s machine', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack();
  });

  beforeEach(async () => {
    await stack.resetEmulator();
  });

  afterAll(() => stack.close());

  const send = (headers: Sent, path?: string, body?: string): Promise<Response> =>
    post(stack.gatewayUrl, headers, path, body);

  it.each([APP_CHAT, CHAT])(
    'test.pass passes at %s, again and again, and is paid for',
    async (path) => {
      const before = await spentOf(stack, LOCAL_IP);
      for (let time = 0; time < 3; time += 1) {
        const response = await send(show('pass'), path);
        expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
        expect(readChallenge(response.headers.get('Inference-Proof-Next') ?? '').jkt).toBe('');
        const record = await decisionOf(stack, requestIdOf(response));
        expect(record).toMatchObject({
          decision: 'allow',
          principal: LOCAL_IP,
          ending: 'complete',
        });
        expect(record.heldNanoUsd).toBeGreaterThan(record.settledNanoUsd);
      }
      const { billedNanoUsd, calls } = await stack.ledger();
      expect(calls).toHaveLength(3);
      const after = await spentOf(stack, LOCAL_IP);
      expect(after.nanoUsd - before.nanoUsd).toBe(billedNanoUsd);
    },
  );

  it('test.pass is the only thing that passes over: a bad body or digest is refused as ever', async () => {
    const bad = await heard(
      await send(show('pass'), APP_CHAT, '{"model":"gpt-4o-mini","mess":[]}'),
    );
    expect(bad.status).toBe(422);
    const digest = { 'Content-Digest': `sha-256=:${'A'.repeat(43)}=:` };
    const swapped = await heard(await send({ ...show('pass'), ...digest }));
    expectProblem(swapped, 403, 'proof_rejected');
    expect((await stack.ledger()).calls).toEqual([]);
  });

  it('test.pass charges a key where one is sent, and stops at its budget', async () => {
    const { key, principal } = await stack.makeKey();
    const bearer = { Authorization: `Bearer ${key}`, ...show('pass') };
    const response = await send(bearer);
    expect(response.status).toBe(200);
    await response.text();
    expect((await decisionOf(stack, requestIdOf(response))).principal).toBe(principal);
    await stack.setCap(principal, 'day', 'nanoUsd', 1);
    expectProblem(await heard(await send(bearer)), 402, 'over_budget');
  });

  /** A challenge of this gateway, with a few fields as they should not be. */
  async function sealed(fields: Partial<Challenge>): Promise<string> {
    const honest = await askChallenge(stack.gatewayUrl, { path: APP_CHAT });
    const keys = readKeySet(await localSecrets(stack.stateDirectory));
    if (!keys.ok) throw new Error('no keys');
    return keyringOf(keys.value).seal({ ...readChallenge(honest), ...fields });
  }

  const REAL: Readonly<Record<string, () => Promise<Sent>>> = {
    fail: async () => {
      const proof = await prove(await sealed({}), BODY);
      const work = Buffer.alloc(256).toString('base64');
      return {
        ...proof,
        'Inference-Proof': (proof['Inference-Proof'] ?? '').replace(/w=:.*?:/, `w=:${work}:`),
      };
    },
    replayed: async () => {
      const proof = await prove(await sealed({}), BODY);
      await (await send(proof)).text();
      return proof;
    },
    expired: async () => {
      const nowSeconds = Math.floor(Date.now() / 1_000);
      const times = { notBeforeSeconds: nowSeconds - 90, issuedAtSeconds: nowSeconds - 90 };
      return prove(await sealed({ ...times, expiresAtSeconds: nowSeconds }), BODY);
    },
    'wrong-route': async () => prove(await sealed({ route: 'chat-completions' }), BODY),
    underpriced: async () => prove(await sealed({ costNanoUsdMax: 1 }), BODY),
  };

  /** All of an answer but what is different in any two: ids, nonces, times. */
  async function lasting(response: Response): Promise<object> {
    const problem = expectProblem(await heard(response), 403, 'proof_rejected');
    const { request_id: id, error, ...rest } = problem;
    const wire = present(response.headers.get('Inference-Proof-Next'), 'next');
    const headers = [...response.headers]
      .map(([name, value]) => [name, value.replace(wire, 'next').replace(id, 'id')] as const)
      .filter(([name]) => name !== 'date');
    const next = readChallenge(wire);
    const { nonce, issuedAtSeconds, notBeforeSeconds, expiresAtSeconds, ...terms } = next;
    expect(nonce).toHaveLength(16);
    const times = [notBeforeSeconds - issuedAtSeconds, expiresAtSeconds - issuedAtSeconds];
    return {
      headers,
      problem: { ...rest, error: { ...error, message: error.message.replace(id, '') } },
      terms,
      times,
    };
  }

  it.each(Object.keys(REAL))('test.%s is refused exactly as the real failure is', async (word) => {
    const headers = await present(REAL[word], word)();
    await stack.resetEmulator();
    const real = await send(headers);
    // What the two tell apart: what is in the request beside the proof is the same.
    const test = await send({ ...headers, ...show(word) });
    expect(await lasting(test)).toEqual(await lasting(real));
    const [ours, theirs] = [requestIdOf(test), requestIdOf(real)];
    const failureOf = async (id: string): Promise<object | undefined> =>
      (await decisionOf(stack, id)).gates.at(-1)?.denial;
    expect(await failureOf(ours)).toEqual(await failureOf(theirs));
    expect((await stack.ledger()).calls).toEqual([]);
  });

  it.each([
    'test',
    'test.',
    'test.PASS',
    'test.pass.',
    'test.passed',
    'TEST.pass',
    'test.pass.pass',
  ])('%s is no test proof', async (word) => {
    const answer = await heard(await send({ 'Inference-Proof': `c="${word}"` }));
    expectProblem(answer, 403, 'proof_rejected');
  });

  it('nobody who comes through an edge or a tunnel is let in by one', async () => {
    const answer = await send({ ...show('pass'), 'CF-Connecting-IP': '127.0.0.1' });
    expectProblem(await heard(answer), 403, 'proof_rejected');
    expect((await stack.ledger()).calls).toEqual([]);
  });
});

/** What somebody might hope switches local mode on. */
const HOPES: readonly Sent[] = [
  {},
  { 'WEIGHBRIDGE-LOCAL': '1', 'X-Weighbridge-Local': '1' },
  { 'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1', Forwarded: 'for=127.0.0.1' },
  { 'CF-Connecting-IP': '127.0.0.1', 'CF-Worker': 'localhost' },
  { Origin: 'http://localhost:8787', 'CF-Blob': '{"clientIp":"127.0.0.1:1"}' },
];

describe('anywhere else', () => {
  let zone: Zone;

  beforeAll(async () => {
    zone = await startZone({ policyFile: inRoot('test/support/policy.ts') });
  });

  afterAll(() => zone.close());

  it.each(WORDS)('test.%s is malformed evidence, whatever comes with it', async (word) => {
    for (const path of [APP_CHAT, CHAT]) {
      for (const hope of HOPES) {
        const response = await post(zone.url, { ...hope, ...show(word) }, path);
        expectProblem(await heard(response), 403, 'proof_rejected');
        const id = requestIdOf(response);
        const line = zone.log.find((one) => one.includes(id));
        expect(line, 'the reason in the log').toContain('"failure":"malformed"');
      }
    }
    expect((await zone.stack.ledger()).calls).toEqual([]);
  });

  it('a real proof passes there: what is refused is the word', async () => {
    const proof = await prove(await askChallenge(zone.url, { path: APP_CHAT }), BODY);
    expect((await post(zone.url, proof)).status).toBe(200);
  });
});

describe('local mode at an edge', () => {
  it('is a mistake of the operator: the gateway says so and serves nothing', async () => {
    const zone = await startZone({
      entryFile: inRoot('test/workerd/edge-entry.ts'),
      bindings: { WEIGHBRIDGE_LOCAL: '1' },
    });
    try {
      for (const word of WORDS) {
        const response = await post(zone.url, show(word));
        expectProblem(await heard(response), 503, 'misconfigured');
      }
      expect(zone.log.join('\n')).toContain('WEIGHBRIDGE_LOCAL must not be set here');
      expect((await zone.stack.ledger()).calls).toEqual([]);
    } finally {
      await zone.close();
    }
  });
});
