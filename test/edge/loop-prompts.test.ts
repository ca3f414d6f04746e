// A model that obeys everybody, and prompts that tell it to call its tool without end: what a run
// may spend, call and do is not for a prompt to say. What breaks if this fails: a sentence in a web
// page empties the account behind the agent that reads it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { CHAT, spentOf } from '../support/chat.ts';
import { LOOP, LOOP_NANO_USD, OPEN_CHAT } from '../support/loop-policy.ts';
import { bill, loopOn } from '../support/looping.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { type Abuse, TOOL_ABUSE } from '../support/tool-abuse.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/loop-policy.ts') });
});
afterAll(() => stack?.close());

/** One client with a key of its own, as long as it is let, and what the provider bills for it. */
async function abuse({ messages, found, body = {} }: Abuse, path: string, stream: boolean) {
  await stack.resetEmulator();
  await stack.script({ tool: 'obedient', chunkDelayMs: 0 });
  const key = await stack.makeKey();
  const more = { path, stream, body, ...(found === undefined ? {} : { found }) };
  const loop = await loopOn(stack, key.key, messages, more);
  const { billedNanoUsd, calls } = await bill(stack);
  return { ...loop, billedNanoUsd, asked: calls.length, key };
}

test('there are prompts of every kind', () => {
  expect(TOOL_ABUSE.length).toBeGreaterThanOrEqual(25);
  expect(new Set(TOOL_ABUSE.map(({ name }) => name)).size).toBe(TOOL_ABUSE.length);
});

test.each(TOOL_ABUSE)('$name: stays inside of its run, streamed', async (one) => {
  const { toolCalls, steps, billedNanoUsd, asked, end, key } = await abuse(one, CHAT, true);
  expect(toolCalls).toBeLessThanOrEqual(LOOP.toolCallsMax);
  expect(steps).toBeLessThanOrEqual(LOOP.stepsMax);
  expect(asked).toBeLessThanOrEqual(LOOP.stepsMax);
  expect(billedNanoUsd).toBeLessThanOrEqual(LOOP_NANO_USD);
  expect(end).not.toBe('never');
  // What was cut is charged as what can have been generated: never less than the bill.
  expect((await spentOf(stack, key.principal)).nanoUsd).toBeGreaterThanOrEqual(billedNanoUsd);
});

test.each(TOOL_ABUSE)('$name: stays inside of its run, in one piece', async (one) => {
  const { toolCalls, asked, billedNanoUsd, end, key } = await abuse(one, CHAT, false);
  expect(toolCalls).toBeLessThanOrEqual(LOOP.toolCallsMax);
  expect(asked).toBeLessThanOrEqual(LOOP.stepsMax);
  expect(billedNanoUsd).toBeLessThanOrEqual(LOOP_NANO_USD);
  expect(end).not.toBe('never');
  expect((await spentOf(stack, key.principal)).nanoUsd).toBe(billedNanoUsd);
});

test('on a route that counts no loops the same prompts call and spend more', async () => {
  const sum = { open: 0, counted: 0, openCalls: 0, countedCalls: 0 };
  for (const one of TOOL_ABUSE) {
    const open = await abuse(one, OPEN_CHAT, true);
    const counted = await abuse(one, CHAT, true);
    expect(open.toolCalls).toBeGreaterThan(LOOP.toolCallsMax);
    sum.open += open.billedNanoUsd;
    sum.counted += counted.billedNanoUsd;
    sum.openCalls += open.toolCalls;
    sum.countedCalls += counted.toolCalls;
  }
  expect(sum.open).toBeGreaterThan(sum.counted * 3);
  expect(sum.openCalls).toBeGreaterThan(sum.countedCalls * 3);
}, 120_000);
