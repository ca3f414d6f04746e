// Who is charged, from what cannot be forged: the address the edge saw and a key whose tag is
// right. If a header could choose the principal, a budget per identity would be a budget per
// header.

import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { providerBindings } from '../../local/provider-bindings.ts';
import { localSecrets } from '../../local/secrets.ts';
import { GATEWAY_OBJECTS, startWorkerd, type Workerd } from '../../local/workerd.ts';
import { CHAT, chatBody, LOCAL_IP, postChat, spentOf, upstreamRequests } from '../support/chat.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let key: string;
let keyId: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 2, chunkDelayMs: 0 });
  ({ key, id: keyId, principal } = await stack.makeKey());
});

afterAll(() => stack.close());

const SPOOFED = '203.0.113.7';

/** Everything some server somewhere takes a caller's address or target from. */
const SPOOFS: readonly (readonly [string, string])[] = [
  ['CF-Connecting-IP', SPOOFED],
  ['CF-Connecting-IPv6', '2001:db8::7'],
  ['CF-Pseudo-IPv4', SPOOFED],
  ['X-Forwarded-For', SPOOFED],
  ['X-Forwarded-For', `${SPOOFED}, 198.51.100.1, 10.0.0.1`],
  ['X-Forwarded-For', 'not an address, ,,'],
  ['X-Real-IP', SPOOFED],
  ['True-Client-IP', SPOOFED],
  ['X-Client-IP', SPOOFED],
  ['X-Cluster-Client-IP', SPOOFED],
  ['Fastly-Client-IP', SPOOFED],
  ['Forwarded', `for=${SPOOFED};proto=https`],
  ['Forwarded', 'for="[2001:db8::7]"'],
  ['Via', '1.1 evil'],
  ['CF-Worker', 'evil.example'],
  ['X-Original-URL', '/_weighbridge/health'],
  ['X-Rewrite-URL', '/_weighbridge/health'],
  ['X-Forwarded-Uri', '/_weighbridge/health'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Middleware-Subrequest', 'middleware'],
  ['X-User', 'admin'],
  ['X-User-Id', 'admin'],
  ['Remote-User', 'admin'],
  ['X-Auth-Request-User', 'admin'],
  ['X-Http-Method-Override', 'GET'],
  ['Weighbridge-User', '"admin"'],
  ['Weighbridge-Plan', '"pro"'],
  ['Weighbridge-Caller', 'key'],
  ['X-Weighbridge-Principal', 'key:somebody'],
];

const forgotten = async (name: string): Promise<void> => {
  const spent = { name, ...(await spentOf(stack, name)) };
  expect(spent).toEqual({ name, nanoUsd: 0, requests: 0 });
};

describe('headers that claim an address', () => {
  test.each(SPOOFS)('%s: %s charges nobody else', async (name, value) => {
    const before = await spentOf(stack, LOCAL_IP);
    const response = await postChat(stack, key, chatBody(), { [name]: value });
    expect(response.status).toBe(200);
    const own = await spentOf(stack, principal);
    expect(own.requests).toBe(1);
    const after = await spentOf(stack, LOCAL_IP);
    expect(after.nanoUsd - before.nanoUsd).toBe(own.nanoUsd);
    for (const other of [`ip:${SPOOFED}`, 'ip:2001:db8::/64', 'ip:unknown']) await forgotten(other);
  });

  test.each(SPOOFS)('%s: %s does not lift a cap of the real address', async (name, value) => {
    const { cap } = await stack.counter(LOCAL_IP, 'nanoUsd-day');
    await stack.setCap(LOCAL_IP, 'day', 'nanoUsd', 0);
    const response = await postChat(stack, key, chatBody(), { [name]: value });
    await stack.setCap(LOCAL_IP, 'day', 'nanoUsd', cap);
    expect(expectProblem(await heard(response), 402, 'over_budget').scope).toBe('ip');
  });
});

describe('the production profile', () => {
  let workerd: Workerd;
  let url: string;

  beforeAll(async () => {
    const stateDirectory = join(stack.stateDirectory, 'production');
    workerd = await startWorkerd({
      workerFile: stack.workerFile,
      port: 0,
      stateDirectory,
      bindings: {
        ...(await localSecrets(stateDirectory)),
        WEIGHBRIDGE_ADMIN_TOKEN: stack.adminToken,
        ...(await providerBindings(inRoot('test/support/policy.ts'), {}, stack.emulatorUrl)),
      },
      objects: GATEWAY_OBJECTS,
    });
    url = `http://127.0.0.1:${String(workerd.port)}`;
  });

  afterAll(() => workerd.stop());

  const admin = async (method: string, path: string, body?: string): Promise<unknown> =>
    (
      await fetch(`${url}/_weighbridge/admin${path}`, {
        method,
        headers: { Authorization: `Bearer ${stack.adminToken}` },
        ...(body === undefined ? {} : { body }),
      })
    ).json();

  const requestsOf = async (name: string): Promise<number> => {
    const view = (await admin('GET', `/principals/${encodeURIComponent(name)}`)) as {
      counters: { name: string; used: number; held: number }[];
    };
    const counter = view.counters.find((one) => one.name === 'requests-day');
    return (counter?.used ?? 0) + (counter?.held ?? 0);
  };

  test('believes CF-Connecting-IP, which only the edge can set, and no other header', async () => {
    const made = (await admin('POST', '/keys', '{"name":"p"}')) as { key: string };
    const edge = { 'CF-Connecting-IP': '198.51.100.9' };
    const others = SPOOFS.filter(([name]) => !name.startsWith('CF-Connecting-IP'));
    for (const [name, value] of others) {
      const response = await fetch(`${url}${CHAT}`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${made.key}`,
          'Content-Type': 'application/json',
          ...edge,
          [name]: value,
        },
        body: chatBody(),
      });
      expect(response.status).toBe(200);
      await response.text();
    }
    expect(await requestsOf('ip:198.51.100.9')).toBe(others.length);
    expect(await requestsOf(`ip:${SPOOFED}`)).toBe(0);
    expect(await requestsOf('ip:unknown')).toBe(0);
  });

  // `/` itself belongs to the origin there: `pass-through.test.ts` has that.
  test('serves nothing of the demo', async () => {
    for (const file of ['demo.js', 'demo.css']) {
      const answer = await fetch(`${url}/_weighbridge/demo/${file}`);
      expectProblem(await heard(answer), 404, 'path_unknown');
    }
  });
});

describe('API keys', () => {
  test('a revoked key is refused at once, and spends nothing more', async () => {
    expect((await postChat(stack, key)).status).toBe(200);
    const before = await spentOf(stack, principal);
    await stack.admin('DELETE', `/keys/${keyId}`);
    await stack.resetEmulator();
    const problem = expectProblem(await heard(await postChat(stack, key)), 401, 'api_key_invalid');
    expect(problem.error.code).toBe('invalid_api_key');
    expect(await upstreamRequests(stack)).toEqual([]);
    expect(await spentOf(stack, principal)).toEqual(before);
    await stack.restart();
    expect((await postChat(stack, key)).status).toBe(401);
  });

  test('a key of another deployment, a bent one and a guessed one are refused without a ledger', async () => {
    const swapped = key.slice(0, 20) + (key[20] === 'A' ? 'B' : 'A') + key.slice(21);
    const otherId = key.replace(keyId, '0'.repeat(12));
    const guesses = [
      swapped,
      otherId,
      `${key}x`,
      key.slice(0, -1),
      'wb_',
      'wb_x',
      `wb_${'a'.repeat(80)}`,
    ];
    for (const guess of guesses) {
      expectProblem(await heard(await postChat(stack, guess)), 401, 'api_key_invalid');
    }
    await forgotten(principal);
    expect(await upstreamRequests(stack)).toEqual([]);
  });

  test.each(['sk-proj-1234', 'null', ''])(
    'the token "%s" is nobody’s: a proof is asked for, and the refusal says what to send',
    async (token) => {
      const response = await postChat(stack, token);
      expect(response.headers.get('WWW-Authenticate')).toMatch(/^Proof challenge="/);
      const problem = expectProblem(await heard(response), 401, 'proof_required');
      expect(problem.detail).toContain('wb_');
    },
  );

  test('a key may stand where the SDKs of other providers put it, and nowhere else', async () => {
    const lower = await postChat(stack, '', chatBody(), { Authorization: `bearer ${key}` });
    expect(lower.status).toBe(200);
    for (const name of ['X-Api-Key', 'X-Goog-Api-Key']) {
      expect(
        (await postChat(stack, '', chatBody(), { Authorization: '', [name]: key })).status,
      ).toBe(200);
      // What `Authorization` says is what counts.
      const both = await postChat(stack, 'wb_none', chatBody(), { [name]: key });
      expectProblem(await heard(both), 401, 'api_key_invalid');
    }
    for (const name of ['api-key', 'Cookie', 'Proxy-Authorization']) {
      const response = await postChat(stack, '', chatBody(), { Authorization: '', [name]: key });
      expectProblem(await heard(response), 401, 'proof_required');
    }
  });
});
