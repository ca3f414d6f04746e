// One human proof, asked of a faithful siteverify: what is refused, that a refusal costs nothing
// and spends the nonce, and that nobody makes us ask who has not paid for it first. If this breaks,
// a token solved for something else opens a purse, or a flood of junk reaches Cloudflare.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import {
  ask,
  askGiven,
  asksHuman,
  asksPass,
  type Caller,
  failureOf,
  humanCall,
  nextOf,
  nothingHeld,
  passOf,
  send,
  siteverify,
  solved,
} from '../support/human-caller.ts';
import { HOSTNAME } from '../support/human-policy.ts';
import { like } from '../support/like.ts';
import { expectProblem } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let networks = 0;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/human-policy.ts') });
});
beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
});
afterAll(() => stack.close());

/** Each from a network of its own: no suspicion of one weighs on the next. */
const stranger = (): Caller => {
  networks += 1;
  return { from: `127.0.${String(100 + networks)}.1` };
};

const upstream = async (): Promise<number> => (await stack.ledger()).calls.length;

describe('a challenge that asks for a human', () => {
  test('says with what, on the endpoint and on a refusal', async () => {
    const caller = stranger();
    const given = await askGiven(stack, caller, { count: 2 });
    expect(given.human).toEqual({
      siteKey: '0x4AAAAAAAEmulatedSiteKey',
      action: 'app-chat',
    });
    expect(given.challenges.map(asksHuman)).toEqual([true, true]);
    const other = await askGiven(stack, caller, { path: '/v1/chat/completions' });
    expect(other.human).toBeUndefined();
    expect(other.challenges.map(asksHuman)).toEqual([false]);
    const bare = await fetch(`${stack.gatewayUrl}/api/chat`, { method: 'POST', body: '{}' });
    const asked = bare.headers.get('WWW-Authenticate') ?? '';
    expect(bare.status).toBe(401);
    expect(asked).toContain('human-site-key="0x4AAAAAAAEmulatedSiteKey", human-action="app-chat"');
    expect(asked).toContain(`Proof challenge="${bare.headers.get('Inference-Proof-Next') ?? '?'}"`);
  });

  test('is answered by a token for it, once: the second call is a replay and asks nobody', async () => {
    const caller = stranger();
    const wire = await ask(stack, caller);
    const token = await solved(stack, wire);
    const answer = await send(stack, caller, wire, { token });
    expect([answer.status, answer.body.toString()]).toEqual([200, expect.any(String)]);
    expect(passOf(answer)).not.toBe('');
    expect(asksPass(nextOf(answer))).toBe(true);
    const { siteverifyCalls, last } = await siteverify(stack);
    expect(siteverifyCalls).toBe(1);
    expect(last).toMatchObject({ response: token, idempotency_key: like(/^[0-9a-f-]{36}$/) });
    // Locally the edge's header is the caller's own word.
    expect(last).not.toHaveProperty('remoteip');
    const again = await send(stack, caller, wire, { token });
    expectProblem(again, 403, 'proof_rejected');
    expect(await failureOf(stack, again)).toBe('replayed');
    expect((await siteverify(stack)).siteverifyCalls).toBe(1);
    expect(passOf(again)).toBe('');
    expect(await upstream()).toBe(1);
  });

  const WRONG: readonly (readonly [
    string,
    (wire: string, caller: Caller) => Promise<string>,
    string,
  ])[] = [
    [
      'solved for another challenge',
      async (_, caller) => solved(stack, await ask(stack, caller)),
      'cdata',
    ],
    ['solved for another action', (wire) => solved(stack, wire, { action: 'login' }), 'action'],
    ['solved for no action', (wire) => solved(stack, wire, { action: '' }), 'action'],
    [
      'solved on another host',
      (wire) => solved(stack, wire, { hostname: 'farm.example' }),
      'hostname',
    ],
    [
      'solved on a host that ends like ours',
      (wire) => solved(stack, wire, { hostname: `evil-${HOSTNAME}` }),
      'hostname',
    ],
    [
      'solved five minutes ago',
      (wire) => solved(stack, wire, { ageSeconds: 301 }),
      'siteverify timeout-or-duplicate',
    ],
    [
      'spent elsewhere already',
      async (wire) => {
        const token = await solved(stack, wire);
        const secret = '0x4EMULATOR000000000000000000000AA';
        const form = new URLSearchParams({ secret, response: token });
        await fetch(`${stack.emulatorUrl}/turnstile/v0/siteverify`, { method: 'POST', body: form });
        return token;
      },
      'siteverify timeout-or-duplicate',
    ],
    ['made up', async () => '0.madeup', 'siteverify invalid-input-response'],
    [
      'of the documentation',
      async () => 'XXXX.DUMMY.TOKEN.XXXX',
      'siteverify invalid-input-response',
    ],
  ];

  test.each(WRONG)(
    'is not answered by a token %s: refused, held back, nonce spent',
    async (_, make, why) => {
      const caller = stranger();
      const wire = await ask(stack, caller);
      const used = await nothingHeld(stack, `ip:${caller.from}`);
      const answer = await send(stack, caller, wire, { token: await make(wire, caller) });
      expectProblem(answer, 403, 'proof_rejected');
      expect(await failureOf(stack, answer)).toBe(`invalid-human-token: ${why}`);
      expect(passOf(answer)).toBe('');
      expect(asksHuman(nextOf(answer))).toBe(true);
      expect(answer.headers.get('WWW-Authenticate')).toContain('human-site-key=');
      expect(await upstream()).toBe(0);
      expect(await nothingHeld(stack, `ip:${caller.from}`)).toBe(used);
      const right = await send(stack, caller, wire, { token: await solved(stack, wire) });
      expect(await failureOf(stack, right)).toBe('replayed');
    },
  );

  test('is not answered without a token, and then nothing is spent', async () => {
    const caller = stranger();
    const wire = await ask(stack, caller);
    const answer = await send(stack, caller, wire, {});
    expectProblem(answer, 403, 'proof_rejected');
    expect(await failureOf(stack, answer)).toBe('invalid-human-token');
    expect((await siteverify(stack)).siteverifyCalls).toBe(0);
    const token = await solved(stack, wire);
    expect((await send(stack, caller, wire, { token })).status).toBe(200);
  });

  test('makes us ask nobody for a caller without a budget', async () => {
    const caller = stranger();
    await stack.setCap(`ip:${caller.from}`, 'day', 'nanoUsd', 0);
    expectProblem(await humanCall(stack, caller), 402, 'over_budget');
    expect((await siteverify(stack)).siteverifyCalls).toBe(0);
  });
});

test('the demo page may load the stand-in, and is told where it is', async () => {
  const page = await fetch(`${stack.gatewayUrl}/`);
  const policy = page.headers.get('Content-Security-Policy') ?? '';
  expect(await page.text()).toContain(
    `data-turnstile-src="${stack.emulatorUrl}/turnstile/v0/api.js"`,
  );
  for (const list of ["script-src 'self'", "connect-src 'self'", 'frame-src']) {
    expect(policy).toContain(`${list} ${stack.emulatorUrl}`);
  }
});

test('where every call needs its own proof there is no pass, and none from before counts', async () => {
  const caller = stranger();
  const pass = passOf(await humanCall(stack, caller));
  expect(asksPass(await ask(stack, caller, { pass }))).toBe(true);
  await stack.restartWith(inRoot('test/support/human-call-policy.ts'));
  expect(asksHuman(await ask(stack, caller, { pass }))).toBe(true);
  const answer = await humanCall(stack, caller);
  expect(answer.status).toBe(200);
  expect(passOf(answer)).toBe('');
  expect(asksHuman(nextOf(answer))).toBe(true);
});
