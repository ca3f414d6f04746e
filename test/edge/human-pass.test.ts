// The pass that names a human proof's purse, in hands it was not made for and in spellings it was
// not sealed in. If this breaks, one human is passed from hand to hand.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { type Device, makeDevice } from '../support/anonymous.ts';
import { decisionOf, requestIdOf } from '../support/chat.ts';
import {
  ask,
  asksHuman,
  asksPass,
  type Caller,
  humanCall,
  nextOf,
  passOf,
  send,
  siteverify,
} from '../support/human-caller.ts';
import { expectProblem } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let device: Device;
let networks = 0;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/human-policy.ts') });
});
beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  device = await makeDevice();
  networks += 1;
});
afterAll(() => stack.close());

const caller = (): Caller => ({ from: `127.0.${String(180 + networks)}.1`, device });

describe('a pass', () => {
  const altered = (pass: string, at: number): string => {
    const other = pass[at] === 'A' ? 'B' : 'A';
    return `${pass.slice(0, at)}${other}${pass.slice(at + 1)}`;
  };

  test('of somebody else gets nobody off the human proof', async () => {
    const pass = passOf(await humanCall(stack, caller()));
    const thief: Caller = { ...caller(), device: await makeDevice() };
    expect(asksHuman(await ask(stack, thief, { pass }))).toBe(true);
    // Nor to an address without a device key, the same one.
    expect(asksHuman(await ask(stack, { from: caller().from }, { pass }))).toBe(true);
    // Even with a challenge that asks for a pass, for which it has one of its own.
    const own = passOf(await humanCall(stack, thief));
    const wire = await ask(stack, thief, { pass: own });
    expect(asksPass(wire)).toBe(true);
    const answer = await send(stack, thief, wire, { pass });
    expectProblem(answer, 403, 'proof_rejected');
    expect(asksHuman(nextOf(answer))).toBe(true);
  });

  test.each([
    ['left out', () => undefined],
    ['empty', () => ''],
    ['with another first letter', (pass: string) => altered(pass, 0)],
    ['with another amount', (pass: string) => altered(pass, 20)],
    ['with another tag', (pass: string) => altered(pass, pass.length - 2)],
    ['with a letter more', (pass: string) => `${pass}A`],
    ['of nobody', () => 'AAAA.BBBB'],
  ])('%s is refused where a pass is asked for, and nothing is spent', async (_, spoil) => {
    const pass = passOf(await humanCall(stack, caller()));
    const wire = await ask(stack, caller(), { pass });
    const shown = spoil(pass);
    const answer = await send(stack, caller(), wire, shown === undefined ? {} : { pass: shown });
    expectProblem(answer, 403, 'proof_rejected');
    const { gates } = await decisionOf(stack, requestIdOf(answer));
    expect(gates.at(-1)).toMatchObject({
      gate: 'proof',
      denial: { kind: 'proof-rejected', failure: 'invalid-human-token' },
    });
    expect((await send(stack, caller(), wire, { pass })).status).toBe(200);
  });

  test('does not stand in for the token where a human is asked for', async () => {
    const pass = passOf(await humanCall(stack, caller()));
    const wire = await ask(stack, caller());
    expect(asksHuman(wire)).toBe(true);
    expectProblem(await send(stack, caller(), wire, { pass }), 403, 'proof_rejected');
  });

  test('costs nothing on a route that asks for no human', async () => {
    const pass = passOf(await humanCall(stack, caller()));
    const wire = await ask(stack, caller(), { path: '/v1/chat/completions', pass });
    expect([asksHuman(wire), asksPass(wire)]).toEqual([false, false]);
  });

  test('is given though the provider fails: the human has done their part', async () => {
    await stack.script({ fault: 'refuse' });
    const answer = await humanCall(stack, caller());
    expectProblem(answer, 502, 'origin_unreachable');
    const pass = passOf(answer);
    expect(asksPass(nextOf(answer))).toBe(true);
    await stack.script({});
    expect((await send(stack, caller(), nextOf(answer), { pass })).status).toBe(200);
    expect((await siteverify(stack)).siteverifyCalls).toBe(1);
  });
});
