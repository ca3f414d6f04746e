// Keys that an identity provider publishes, through the real stack and a real server: rotation, a
// flood of unknown names, and a provider that is away or lies. If this breaks, users are locked out
// when their provider changes its key, or are whoever its thief says.

import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { providerBindings } from '../../local/provider-bindings.ts';
import { localSecrets } from '../../local/secrets.ts';
import { GATEWAY_OBJECTS, startWorkerd } from '../../local/workerd.ts';
import { CHAT, spentOf, upstreamRequests } from '../support/chat.ts';
import { AUDIENCE, ISSUER, makeIdentityProvider } from '../support/identity-provider.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { dpopOf, idp, startUserStack, type UserStack } from '../support/user-stack.ts';

const two = makeIdentityProvider('ES256', 'two');

let server: KeyServer;
let stack: UserStack;
let users = 0;

beforeAll(async () => {
  server = await startKeyServer();
  stack = await startUserStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 2, chunkDelayMs: 0 });
  server.asked = 0;
  server.publish(idp.jwk);
});

afterAll(async () => {
  await stack.close();
  await server.close();
});

/** A gateway that has heard no key yet. */
async function believing(times: object = {}): Promise<string> {
  const jwks = { url: server.url, ...times };
  const jwt = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], jwks };
  const file = await stack.files.write(`published-${String((users += 1))}`, { jwt });
  await stack.restartWith(file);
  return file;
}

const tokenBy = (provider = idp): string => {
  users += 1;
  return provider.token({ sub: `reader-${String(users)}`, cnf: { jkt: stack.alice.jkt } });
};

async function callWith(token: string): Promise<Response> {
  const asked = await stack.ask(dpopOf(token));
  if (!asked.ok) return asked;
  const { challenges } = (await asked.json()) as { challenges: [string] };
  return stack.send(await stack.honest(challenges[0], token));
}

const statusOf = async (token: string): Promise<number> => (await callWith(token)).status;

test('users are served by published keys, which are asked for once, and through a rotation', async () => {
  await believing();
  for (let n = 0; n < 5; n += 1) expect(await statusOf(tokenBy())).toBe(200);
  expect(server.asked).toBe(1);
  expect((await spentOf(stack, `user:reader-${String(users)}`)).requests).toBe(1);
  server.publish(two.jwk);
  const all = await Promise.all([two, idp, two, idp, two].map((one) => statusOf(tokenBy(one))));
  expect(all).toEqual([200, 200, 200, 200, 200]);
  expect(server.asked).toBe(2);
});

test('300 tokens that name 300 unknown keys make the provider hear of one', async () => {
  await believing();
  expect(await statusOf(tokenBy())).toBe(200);
  const codes = await Promise.all(
    Array.from({ length: 300 }, async (_, n) => {
      const junk = two.token({ cnf: { jkt: stack.alice.jkt } }, { kid: `k${String(n)}` });
      return (await stack.ask(dpopOf(junk))).status;
    }),
  );
  expect(new Set(codes)).toEqual(new Set([401]));
  expect(server.asked).toBe(2);
});

describe('a provider that', () => {
  const leak = { ...idp.jwk, d: Buffer.alloc(32, 1).toString('base64url') };
  const say = (body: string) => (response: ServerResponse) => void response.end(body);

  test.each<[string, (response: ServerResponse) => void, number, string]>([
    ['is down', (response) => void response.destroy(), 503, 'identity_unreachable'],
    [
      'sends us elsewhere',
      (response) => void response.writeHead(302, { Location: '/keys' }).end(),
      503,
      'identity_unreachable',
    ],
    ['says nothing', () => undefined, 503, 'identity_unreachable'],
    ['says too much', say(`{"keys":[],"x":"${'x'.repeat(70_000)}"}`), 503, 'identity_unreachable'],
    ['publishes a private key', say(JSON.stringify({ keys: [leak] })), 401, 'token_invalid'],
  ])('%s names nobody, and no call goes up', async (_name, answer, status, code) => {
    await believing();
    server.answer = answer;
    const startedAtMs = Date.now();
    expectProblem(await heard(await callWith(tokenBy())), status, code);
    expect(Date.now() - startedAtMs).toBeLessThan(4_000);
    expect(await upstreamRequests(stack)).toEqual([]);
  });

  test('goes away is believed for the named time and not for longer', async () => {
    await believing({ cacheSeconds: 1, staleSecondsMax: 4 });
    expect(await statusOf(tokenBy())).toBe(200);
    const heardAtMs = Date.now();
    server.answer = (response) => void response.destroy();
    let good = 0;
    await poll('the keys to be too old', async () => {
      const status = await statusOf(tokenBy());
      if (status === 200) good = Date.now();
      else expect(status).toBe(503);
      return status === 503;
    });
    expect(good - heardAtMs).toBeGreaterThan(1_500);
    expect(good - heardAtMs).toBeLessThan(4_500);
    expect(server.asked).toBeLessThanOrEqual(3);
  });
});

test('a plain URL serves nobody on a gateway that is not local', async () => {
  await believing();
  const lines: string[] = [];
  const stateDirectory = join(stack.stateDirectory, 'production');
  const gateway = await startWorkerd({
    workerFile: stack.workerFile,
    port: 0,
    stateDirectory,
    bindings: {
      ...(await localSecrets(stateDirectory)),
      ...(await providerBindings(inRoot('test/support/policy.ts'), {}, stack.emulatorUrl)),
    },
    objects: GATEWAY_OBJECTS,
    onLine: (line) => lines.push(line),
  });
  const answer = await fetch(`http://127.0.0.1:${String(gateway.port)}${CHAT}`, { method: 'POST' });
  expectProblem(await heard(answer), 503, 'misconfigured');
  await poll('the log', () => lines.some((line) => line.includes('["jwks.url with https"]')));
  await gateway.stop();
});
