// Siteverify that does not answer: strangers are refused at no cost, and callers with a key are
// served on credit where their route has a wallet for it. If this breaks, an outage of somebody
// else opens the door, or closes it for paying customers.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { makeDevice } from '../support/anonymous.ts';
import { decisionOf, requestIdOf } from '../support/chat.ts';
import {
  ask,
  asksHuman,
  type Caller,
  failureOf,
  humanCall,
  nextOf,
  nothingHeld,
  passOf,
  send,
  siteFault,
  siteverify,
  solved,
} from '../support/human-caller.ts';
import { GRACE_CALL_NANO_USD } from '../support/human-policy.ts';
import { poll } from '../support/poll.ts';
import { expectProblem } from '../support/problem.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';

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

const stranger = (): Caller => {
  networks += 1;
  return { from: `127.0.${String(210 + networks)}.1` };
};

const upstream = async (): Promise<number> => (await stack.ledger()).calls.length;

describe('siteverify that does not say', () => {
  const FAULTS = [
    ['does not answer within 1.5 s', 'timeout', 'human-unavailable: TimeoutError'],
    ['answers 500', '500', 'human-unavailable: status 500'],
    ['answers with a page', 'garbage', 'human-unavailable: not-json'],
    ['has a fault of its own', 'internal-error', 'human-unavailable: internal-error'],
  ] as const;

  test.each(FAULTS)('(it %s) lets no stranger in, and costs nothing', async (_, fault, why) => {
    const caller = { ...stranger(), device: await makeDevice() };
    await siteFault(stack, fault);
    const answer = await humanCall(stack, caller);
    expectProblem(answer, 403, 'proof_rejected');
    expect(await failureOf(stack, answer)).toBe(why);
    expect(passOf(answer)).toBe('');
    expect(await upstream()).toBe(0);
    expect(await nothingHeld(stack, `ip:${caller.from}`)).toBe(0);
    // Not a status that SDKs repeat by themselves: each repetition would ask siteverify again.
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect((await siteverify(stack)).siteverifyCalls).toBe(1);
    await stack.resetEmulator();
    const next = nextOf(answer);
    const token = await solved(stack, next);
    expect((await send(stack, caller, next, { token })).status).toBe(200);
  });

  describe('serves a key on credit', () => {
    let key: MadeKey;
    const caller = (): Caller => ({ ...stranger(), key: key.key });
    const wallet = () => stack.counter('grace:app-chat', 'nanoUsd-hour');
    beforeEach(async () => {
      key = await stack.makeKey('graced');
    });

    test('where the call is cheap, out of the route’s wallet as well', async () => {
      const before = await wallet();
      await siteFault(stack, '500');
      const answer = await humanCall(stack, caller());
      expect(answer.status).toBe(200);
      expect(passOf(answer)).toBe('');
      expect(asksHuman(nextOf(answer))).toBe(true);
      const cost = (await stack.ledger()).billedNanoUsd;
      expect(cost).toBeGreaterThan(0);
      await poll('both have paid', async () => {
        const { used, held } = await wallet();
        return held === 0 && used === before.used + cost;
      });
      expect(await nothingHeld(stack, key.principal)).toBe(cost);
      const record = await decisionOf(stack, requestIdOf(answer));
      expect(record).toMatchObject({ grace: true, settledNanoUsd: cost });
    });

    test('and not where it is dear, or the wallet is empty', async () => {
      await siteFault(stack, '500');
      const dear = {
        max_tokens: 800,
        messages: [{ role: 'user', content: 'word '.repeat(1_500) }],
      };
      const answer = await humanCall(stack, caller(), dear);
      expectProblem(answer, 403, 'proof_rejected');
      const record = await decisionOf(stack, requestIdOf(answer));
      const { estimate } = record as unknown as { estimate: { totalNanoUsd: number } };
      expect(estimate.totalNanoUsd).toBeGreaterThan(GRACE_CALL_NANO_USD);
      const { used } = await wallet();
      await stack.setCap('grace:app-chat', 'hour', 'nanoUsd', used);
      expectProblem(await humanCall(stack, caller()), 403, 'proof_rejected');
      await stack.dropCap('grace:app-chat', 'hour', 'nanoUsd');
      expect(await upstream()).toBe(0);
      expect(await nothingHeld(stack, key.principal)).toBe(0);
    });

    test('and never one whose token was refused', async () => {
      const one = caller();
      const wire = await ask(stack, one);
      const answer = await send(stack, one, wire, { token: '0.madeup' });
      expectProblem(answer, 403, 'proof_rejected');
      expect(await upstream()).toBe(0);
    });
  });
});
