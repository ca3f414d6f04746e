// Keys for builds and monitors: no proof on any route, up to a cap and an end that nobody but the
// operator can move. If this fails, a key from a build's log is worth more than its cap, or is good
// for longer than it says.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chatBody, decisionOf, requestIdOf } from '../support/chat.ts';
import { like } from '../support/like.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { makeApiKey } from '../../core/api-key.ts';
import { fromBase64Url } from '../../core/bytes.ts';
import { localSecrets } from '../../local/secrets.ts';

const APP = '/api/chat';
const HOUR = 3_600;

type Made = {
  readonly id: string;
  readonly key: string;
  readonly principal: string;
  readonly expiresAt: string | null;
};

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
});
beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
});
afterAll(() => stack.close());

const make = (parts: object): Promise<Made> =>
  stack.admin('POST', '/keys', { name: 'build', ...parts }) as Promise<Made>;
const makeCi = (capUsd: string): Promise<Made> =>
  make({ purpose: 'ci', expiresInSeconds: HOUR, capUsd });

const call = (key: string, path = APP): Promise<Response> =>
  fetch(`${stack.gatewayUrl}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: chatBody({ max_tokens: 100 }),
  });

const calls = async (): Promise<number> => (await stack.ledger()).calls.length;

/** The call is refused and goes nowhere. The caller hears one sentence; the record says why. */
async function refused(key: string, reason: string): Promise<void> {
  const before = await calls();
  const response = await call(key);
  const requestId = requestIdOf(response);
  expectProblem(await heard(response), 401, 'api_key_invalid');
  expect(await calls()).toBe(before);
  const record = await decisionOf(stack, requestId);
  expect(JSON.stringify(record.gates)).toContain(`"reason":"${reason}"`);
}

describe('a key for ci', () => {
  test('needs no proof where everybody else shows one, and is one of the key’s counters', async () => {
    const ci = await makeCi('5.00');
    expect(ci.id).toMatch(/^ci-[0-9a-z]{6}-[0-9a-z]+-[0-9a-z]{12}$/);
    expect((await call(ci.key)).status).toBe(200);
    const { counters } = await stack.principal(ci.principal);
    expect(counters.find(({ name }) => name === 'nanoUsd-lifetime')).toMatchObject({
      cap: 5_000_000_000,
      window: 'lifetime',
    });
    // A server's key with the same bounds is asked for one.
    const server = await make({ expiresInSeconds: HOUR, capUsd: '5.00' });
    expectProblem(await heard(await call(server.key)), 401, 'proof_required');
    expect((await call(server.key, '/v1/chat/completions')).status).toBe(200);
  });

  test('serves up to its cap and then is a 402, however many calls come at once', async () => {
    const ci = await makeCi('0.001');
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const response = await call(ci.key);
        await response.text();
        return response.status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200, 402]));
    const spent = await poll('nothing is held', async () => {
      const counter = await stack.counter(ci.principal, 'nanoUsd-lifetime');
      return counter.held === 0 ? counter.used : null;
    });
    expect(spent).toBeLessThanOrEqual(1_000_000);
    expect(spent).toBeGreaterThan(0);
    // The operator may raise it; taken back, the cap of the id is in force again.
    await stack.setCap(ci.principal, 'lifetime', 'nanoUsd', spent);
    expectProblem(await heard(await call(ci.key)), 402, 'over_budget');
    await stack.setCap(ci.principal, 'lifetime', 'nanoUsd', 1_000_000_000);
    expect((await call(ci.key)).status).toBe(200);
    await stack.dropCap(ci.principal, 'lifetime', 'nanoUsd');
    expect((await stack.counter(ci.principal, 'nanoUsd-lifetime')).cap).toBe(1_000_000);
  });

  test('that was revoked is refused from the next call on', async () => {
    const ci = await makeCi('5.00');
    expect((await call(ci.key)).status).toBe(200);
    await stack.admin('DELETE', `/keys/${ci.id}`);
    await refused(ci.key, 'revoked');
    expect(await stack.admin('GET', `/keys/${ci.id}`)).toMatchObject({
      revokedAt: like(/^\d{4}-/),
    });
  });

  test('that is over is refused, though its ledger has never heard of an end', async () => {
    const secrets = await localSecrets(stack.stateDirectory);
    const secret = fromBase64Url(secrets['WEIGHBRIDGE_API_KEY_SECRET'] ?? '');
    if (secret === null) throw new Error('no secret');
    const expiresAtSeconds = Math.floor(Date.now() / 1_000) - 1;
    const terms = { purpose: 'ci', expiresAtSeconds, capNanoUsd: 5_000_000_000 } as const;
    const random = crypto.getRandomValues(new Uint8Array(44));
    await refused(makeApiKey(random, secret, null, terms).key, 'expired');
  });

  test('with a later end, a higher cap or another purpose written into it is refused', async () => {
    const { key } = await makeCi('0.001');
    const edits = [
      key.replace(/^wb_ci-\w+/, 'wb_ci-zzzzzz'),
      key.replace(/^(wb_ci-\w+)-\w+/, '$1-zzzzzzzzzz'),
      key.replace(/^wb_ci-/, 'wb_server-'),
      key.replace(/^wb_ci-\w+-\w+-/, 'wb_'),
    ];
    const server = await make({ expiresInSeconds: HOUR });
    edits.push(server.key.replace('wb_server-', 'wb_ci-'));
    for (const edited of edits) await refused(edited, 'forged');
  });
});

describe('the operator', () => {
  test('sees what a key is for and when it ends, and never the key', async () => {
    const ci = await make({ purpose: 'ci', expiresInSeconds: HOUR, capUsd: '1', plan: 'nightly' });
    const seen = await stack.admin('GET', `/keys/${ci.id}`);
    expect(seen).toMatchObject({
      id: ci.id,
      name: 'build',
      plan: 'nightly',
      purpose: 'ci',
      createdAt: like(/^\d{4}-.*Z$/),
      expiresAt: ci.expiresAt,
      revokedAt: null,
    });
    expect(JSON.stringify(seen)).not.toContain(ci.key.slice(-22));
    const plain = await stack.makeKey();
    expect(await stack.admin('GET', `/keys/${encodeURIComponent(plain.principal)}`)).toMatchObject({
      purpose: 'server',
      expiresAt: null,
    });
    for (const id of ['000000000000', 'x', ci.id.replace('ci-', 'server-')]) {
      await expect(stack.admin('GET', `/keys/${id}`)).rejects.toThrow('404');
    }
  });

  test.each([
    [{ purpose: 'ci', capUsd: '1' }, 'expiresInSeconds'],
    [{ purpose: 'ci', expiresInSeconds: HOUR }, 'capUsd'],
    [{ purpose: 'ci', expiresInSeconds: 90 * 24 * HOUR + 1, capUsd: '1' }, 'expiresInSeconds'],
    [{ expiresInSeconds: 59 }, 'expiresInSeconds'],
    [{ expiresInSeconds: 367 * 24 * HOUR }, 'expiresInSeconds'],
    [{ expiresInSeconds: 60.5 }, 'expiresInSeconds'],
    [{ capUsd: '0' }, 'capUsd'],
    [{ capUsd: '-1' }, 'capUsd'],
    [{ capUsd: 5 }, 'capUsd'],
    [{ capUsd: '10000000' }, 'capUsd'],
    [{ purpose: 'admin' }, 'purpose'],
  ])('cannot make one from %j', async (parts, field) => {
    const error = await make(parts).then(
      () => '',
      (cause: unknown) => String(cause),
    );
    expect(error).toContain('422');
    expect(error).toContain(field);
  });
});
