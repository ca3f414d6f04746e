// What one human proof allows to spend: a purse in the ledger. If this breaks, one solved widget
// pays for as many calls as fit between two looks at a memory, or is passed from hand to hand.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { type Device, makeDevice } from '../support/anonymous.ts';
import { chatBody, decisionOf, requestIdOf } from '../support/chat.ts';
import {
  ask,
  asksHuman,
  asksPass,
  begin,
  type Caller,
  humanCall,
  LONG,
  nextOf,
  passOf,
  send,
  siteverify,
  solved,
} from '../support/human-caller.ts';
import { EVERY_NANO_USD } from '../support/human-policy.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, type Heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const CROWD = 50;
/** With room to be cut down in: what is left pays for less output before it pays for none. */
const ROOMY = { ...LONG, max_tokens: 600 };

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

const caller = (): Caller => ({ from: `127.0.${String(150 + networks)}.1`, device });

async function billed(): Promise<readonly number[]> {
  return (await stack.ledger()).calls.map(({ billedNanoUsd }) => billedNanoUsd);
}
const sum = (amounts: readonly number[]): number => amounts.reduce((a, b) => a + b, 0);

/** Of the call, before anything of it was given back. */
async function estimateOf(answer: Heard): Promise<number> {
  const record = await decisionOf(stack, requestIdOf(answer));
  const { estimate } = record as unknown as { estimate: { totalNanoUsd: number } };
  return estimate.totalNanoUsd;
}

/** All the crowd of it, each with a fresh challenge for the same pass. */
async function challengesWith(pass: string, count: number): Promise<readonly string[]> {
  const wires: string[] = [];
  const bodyBytes = chatBody(ROOMY).length;
  while (wires.length < count) wires.push(await ask(stack, caller(), { pass, bodyBytes }));
  return wires;
}

describe('a human proof', () => {
  test('pays for calls until its amount is spent, and then a new one is asked for', async () => {
    // Without a device key nothing is solved ahead, of which only three a second count.
    const plain: Caller = { from: caller().from };
    const first = await humanCall(stack, plain, LONG);
    expect(first.status).toBe(200);
    const pass = passOf(first);
    const estimate = await estimateOf(first);
    let next = nextOf(first);
    let calls = 1;
    while (!asksHuman(next)) {
      expect(asksPass(next)).toBe(true);
      const answer = await send(stack, plain, next, { pass, body: LONG });
      expect([answer.status, answer.body.toString()]).toEqual([200, expect.any(String)]);
      expect(passOf(answer)).toBe('');
      calls += 1;
      next = nextOf(answer);
    }
    const spent = sum(await billed());
    expect(calls).toBeGreaterThan(3);
    expect(await billed()).toHaveLength(calls);
    expect(spent).toBeLessThanOrEqual(EVERY_NANO_USD);
    // It ended because the next call, half as dear again at the worst, would not have fitted.
    expect(spent).toBeGreaterThan(EVERY_NANO_USD - 2 * estimate);
    expect((await siteverify(stack)).siteverifyCalls).toBe(1);
    const again = await send(stack, plain, next, {
      token: await solved(stack, next),
      body: LONG,
    });
    expect(again.status).toBe(200);
    expect(passOf(again)).not.toBe(pass);
    expect((await siteverify(stack)).siteverifyCalls).toBe(2);
  });

  test('that is used up is a 401 with a challenge for a human, never a budget that is spent', async () => {
    const first = await humanCall(stack, caller(), ROOMY);
    const pass = passOf(first);
    const estimate = await estimateOf(first);
    // More than fits: the endpoint cannot know what is left.
    const wires = await challengesWith(pass, 40);
    const answers: Heard[] = [];
    for (const wire of wires) {
      const answer = await send(stack, caller(), wire, { pass, body: ROOMY });
      answers.push(answer);
      if (answer.status !== 200) break;
    }
    const refused = answers.at(-1);
    if (refused === undefined) throw new Error('no answer');
    expectProblem(refused, 401, 'proof_required');
    expect(asksHuman(nextOf(refused))).toBe(true);
    const asked = refused.headers.get('WWW-Authenticate') ?? '';
    expect(asked).toContain(`Proof challenge="${nextOf(refused)}", human-site-key="`);
    // Whole or not at all: no answer was cut down to what was left in the purse.
    for (const { amount } of await ceilings()) expect(amount).toBe(ROOMY.max_tokens);
    expect(sum(await billed()) + estimate).toBeGreaterThan(EVERY_NANO_USD);
    expect((await siteverify(stack)).siteverifyCalls).toBe(1);
    const next = nextOf(refused);
    const again = await send(stack, caller(), next, {
      token: await solved(stack, next),
      body: ROOMY,
    });
    expect(again.status).toBe(200);
  });

  test(`is not overspent by ${String(CROWD)} calls at once`, async () => {
    const first = await humanCall(stack, caller(), LONG);
    const pass = passOf(first);
    const estimate = await estimateOf(first);
    const spent = sum(await billed());
    await stack.script({ firstChunkDelayMs: 60_000 });
    const wires = await challengesWith(pass, CROWD);
    const open = await Promise.all(
      wires.map((wire) => begin(stack, caller(), wire, { pass, body: LONG })),
    );
    const fit = Math.floor((EVERY_NANO_USD - spent) / estimate);
    expect(fit).toBeGreaterThan(0);
    await poll('the others are refused', () => {
      return open.filter((wire) => wire.view()?.status === 401).length === CROWD - fit;
    });
    await poll('what fits went up', async () => (await billed()).length === 1 + fit);
    for (const wire of open) wire.leave('CLOSE');
    // The same crowd, against a gateway that remembers what it has heard of.
    const naive = new NaiveMemory(EVERY_NANO_USD, spent);
    const calls = Array.from({ length: CROWD }, () => naive.call(estimate));
    await Promise.all(calls);
    expect(naive.spent).toBeGreaterThan(EVERY_NANO_USD);
  });

  test('pays for the call that shows it, however dear', async () => {
    // Three times what one proof is worth, in one call.
    const dear = { model: 'gpt-4.1-mini', max_tokens: 800, messages: LONG.messages };
    const wire = await ask(stack, caller(), { model: 'gpt-4.1-mini', bodyBytes: 8_200 });
    const answer = await send(stack, caller(), wire, {
      token: await solved(stack, wire),
      body: dear,
    });
    expect([answer.status, answer.body.toString()]).toEqual([200, expect.any(String)]);
    expect(await estimateOf(answer)).toBeGreaterThan(EVERY_NANO_USD);
  });

  test('still counts what it paid for after the gateway was killed', async () => {
    const first = await humanCall(stack, caller(), LONG);
    const pass = passOf(first);
    const estimate = await estimateOf(first);
    await stack.kill();
    await stack.restart();
    for (const wire of await challengesWith(pass, 40)) {
      const answer = await send(stack, caller(), wire, { pass, body: LONG });
      if (answer.status !== 200) break;
    }
    const spent = sum(await billed());
    expect(spent).toBeLessThanOrEqual(EVERY_NANO_USD);
    expect(spent + estimate).toBeGreaterThan(EVERY_NANO_USD);
  });
});

/** The output ceilings that went up to the provider. */
async function ceilings(): Promise<readonly { readonly amount: number }[]> {
  const response = await fetch(`${stack.emulatorUrl}/_emulator/requests`);
  const requests = (await response.json()) as { bodyText: string }[];
  return requests.map(({ bodyText }) => {
    const body = JSON.parse(bodyText) as { max_tokens?: number; max_completion_tokens?: number };
    return { amount: body.max_completion_tokens ?? body.max_tokens ?? Number.NaN };
  });
}

/** "Remember the last human proof, and what was spent since": looks, calls, and adds up after. */
class NaiveMemory {
  readonly #capNanoUsd: number;
  spent: number;

  constructor(capNanoUsd: number, spentNanoUsd: number) {
    this.#capNanoUsd = capNanoUsd;
    this.spent = spentNanoUsd;
  }

  async call(costNanoUsd: number): Promise<void> {
    if (this.spent + costNanoUsd > this.#capNanoUsd) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.spent += costNanoUsd;
  }
}
