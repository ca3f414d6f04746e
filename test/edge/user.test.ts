// Users with tokens, through the real stack: served, charged under their own name, and held to
// their own budget whatever key or address they come with. If this breaks, an operator's users
// spend from nobody's purse.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { prove, readChallenge } from '../support/anonymous.ts';
import { LOCAL_IP, spentOf, upstreamRequests } from '../support/chat.ts';
import { type DpopUser, privateJwk } from '../support/dpop-user.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { BODY, dpopOf, PROVIDERS, startUserStack, type UserStack } from '../support/user-stack.ts';

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

describe('a user', () => {
  test('is served, charged as a user and at the address, and seen by the operator', async () => {
    const before = await spentOf(stack, LOCAL_IP);
    const response = await stack.send(await stack.honest(await stack.challengeFor(token), token));
    expect(response.status).toBe(200);
    await response.text();
    const spent = await spentOf(stack, `user:${name}`);
    expect(spent.requests).toBe(1);
    expect(spent.nanoUsd).toBeGreaterThan(0);
    const after = await spentOf(stack, LOCAL_IP);
    expect(after.nanoUsd - before.nanoUsd).toBe(spent.nanoUsd);
    const view = await stack.principal(`user:${name}`);
    expect(view.counters.find((counter) => counter.name === 'nanoUsd-day')?.cap).toBe(400_000_000);
  });

  test.each(PROVIDERS)('may be named by $algorithm', async ({ idp: provider }) => {
    const own = provider.token({ sub: name, cnf: { jkt: stack.alice.jkt } });
    const response = await stack.send(await stack.honest(await stack.challengeFor(own), own));
    expect(response.status).toBe(200);
    expect((await spentOf(stack, `user:${name}`)).requests).toBe(1);
  });

  test('may sign as our client does, and goes on with the challenge of the last answer', async () => {
    const wire = await stack.challengeFor(token);
    const first = await stack.send({
      ...(await prove(wire, BODY, stack.alice.device)),
      ...dpopOf(token),
    });
    expect(first.status).toBe(200);
    const next = first.headers.get('Inference-Proof-Next') ?? '';
    expect(readChallenge(next)).toMatchObject({ bind: 2, jkt: stack.alice.jkt });
    const ahead = await prove(next, BODY, stack.alice.device);
    expect((await stack.send({ ...ahead, ...dpopOf(token) })).status).toBe(200);
  });

  test('who shows DPoP alone is handed challenges that DPoP can answer', async () => {
    const first = await stack.send(await stack.honest(await stack.challengeFor(token), token));
    const next = first.headers.get('Inference-Proof-Next') ?? '';
    expect(readChallenge(next)).toMatchObject({ bind: 1, jkt: stack.alice.jkt });
    expect((await stack.send(await stack.honest(next, token))).status).toBe(200);
  });

  test('without a proof is told how to go on, not how an address would', async () => {
    const stranger = stack.tokenOf(`${name}-new`);
    const unknown = await stack.send({ ...dpopOf(stranger), 'Content-Type': 'application/json' });
    expect(unknown.headers.get('Inference-Proof-Next')).toBeNull();
    expect(unknown.headers.get('WWW-Authenticate')).toBe('Proof');
    expectProblem(await heard(unknown), 401, 'proof_required');
    await stack.challengeFor(token);
    const known = await stack.send({ ...dpopOf(token), 'Content-Type': 'application/json' });
    const next = known.headers.get('Inference-Proof-Next') ?? '';
    expect((await stack.send(await stack.honest(next, token))).status).toBe(200);
  });

  test('is refused when the budget is used up, by whatever key or address', async () => {
    await stack.setCap(`user:${name}`, 'day', 'nanoUsd', 0);
    const refused = await stack.send(await stack.honest(await stack.challengeFor(token), token));
    expect(expectProblem(await heard(refused), 402, 'over_budget').scope).toBe('user');
    const other = stack.tokenOf(name, stack.thief);
    const elsewhere = await stack.send(
      await stack.honest(await stack.challengeFor(other), other, stack.thief),
    );
    expect(elsewhere.status).toBe(402);
    expect(await upstreamRequests(stack)).toEqual([]);
  });

  test('has a name that is spelled out in full wherever it could be misread', async () => {
    const own = stack.tokenOf(`auth0|${name}`);
    expect((await stack.send(await stack.honest(await stack.challengeFor(own), own))).status).toBe(
      200,
    );
    expect((await spentOf(stack, `user:auth0~7c${name}`)).requests).toBe(1);
  });

  test('may be written in Node’s standard library alone: the example runs', async () => {
    const run = (user: DpopUser): Promise<{ stdout: string }> =>
      promisify(execFile)(process.execPath, [inRoot('examples/dpop-user/client.mjs'), 'Hi'], {
        env: {
          WEIGHBRIDGE_GATEWAY: stack.gatewayUrl,
          TOKEN: token,
          KEY: JSON.stringify(privateJwk(user)),
        },
      });
    expect((await run(stack.alice)).stdout).toMatch(/^200 \{/);
    expect((await spentOf(stack, `user:${name}`)).requests).toBe(1);
    await expect(run(stack.thief)).rejects.toThrow('client.mjs');
  });

  test('still proves every call on a route for anonymous callers', async () => {
    await stack.challengeFor(token);
    const bare = await stack.send({ ...dpopOf(token), 'Content-Type': 'application/json' });
    expectProblem(await heard(bare), 401, 'proof_required');
  });
});
