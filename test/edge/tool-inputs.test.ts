// Inputs of tools and their prices through the whole gateway, by OpenAI's SDK. What breaks if this
// fails: a client runs what the schema was written to keep out, or calls of dear tools are free.

import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decisionOf, spentOf, upstreamRequests } from '../support/chat.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { NANO_USD_PER_CALL, type WAYS } from '../support/tools-policy.ts';

type Way = keyof typeof WAYS;

const policyFile = new URL('../support/tools-policy.ts', import.meta.url).pathname;
const schema = { type: 'object' as const, properties: {} };

let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack({ policyFile });
});
beforeEach(async () => {
  await stack.resetEmulator();
  ({ key, principal } = await stack.makeKey());
});
afterAll(() => stack?.close());

const openaiOf = (way: Way): OpenAI =>
  new OpenAI({ apiKey: key, baseURL: `${stack.gatewayUrl}/${way}/v1`, maxRetries: 0 });

const GOOD = { name: 'weather', arguments: { city: 'Oslo' } };
const BAD = { name: 'weather', arguments: { city: 'Oslo', shell: 'rm -rf /' } };
const TOOLS = [{ type: 'function' as const, function: { name: 'weather', parameters: schema } }];
const ASKED = {
  model: 'gpt-4o-mini',
  max_tokens: 500,
  tools: TOOLS,
  messages: [{ role: 'user' as const, content: 'How warm is Oslo?' }],
};

async function streamedOf(way: Way) {
  const { data, response } = await openaiOf(way)
    .chat.completions.create({ ...ASKED, stream: true })
    .withResponse();
  let input = '';
  let finish: string | null = null;
  for await (const { choices } of data) {
    for (const call of choices[0]?.delta.tool_calls ?? []) input += call.function?.arguments ?? '';
    finish = choices[0]?.finish_reason ?? finish;
  }
  return { input, finish, requestId: response.headers.get('Weighbridge-Request-Id') ?? '' };
}

type Told = { readonly toolInputs: object; readonly ending: string };
const recordOf = async (requestId: string): Promise<Told> =>
  (await decisionOf(stack, requestId)) as unknown as Told;

describe('inputs of calls', () => {
  test('that fit pass, and each call is charged its price beside the tokens', async () => {
    await stack.script({ toolCalls: [GOOD, GOOD], chunkDelayMs: 0 });
    const { input, finish, requestId } = await streamedOf('cut');
    expect(input).toContain('"city":"Oslo"');
    expect(finish).toBe('tool_calls');
    expect(await recordOf(requestId)).toMatchObject({
      toolInputs: { checked: 2, invalid: [] },
      ending: 'complete',
    });
    const { nanoUsd } = await spentOf(stack, principal);
    const { billedNanoUsd } = await stack.ledger();
    expect(nanoUsd).toBe(billedNanoUsd + 2 * NANO_USD_PER_CALL);
  });

  test('that do not fit end a stream before they can be read', async () => {
    await stack.script({ toolCalls: [BAD], chunkDelayMs: 0 });
    const { input, finish, requestId } = await streamedOf('cut');
    expect(() => JSON.parse(input) as unknown).toThrow();
    expect(finish).toBe('length');
    expect(await recordOf(requestId)).toMatchObject({
      toolInputs: { checked: 1, invalid: ['weather'] },
      ending: 'cut-inputs',
    });
    const { nanoUsd } = await spentOf(stack, principal);
    const { billedNanoUsd } = await stack.ledger();
    expect(nanoUsd).toBeGreaterThanOrEqual(billedNanoUsd);
    // One call was begun, and not sixteen.
    expect(nanoUsd).toBeLessThan(2 * NANO_USD_PER_CALL);
  });

  test('that do not fit refuse a whole answer, which is charged without its calls', async () => {
    await stack.script({ toolCalls: [BAD], chunkDelayMs: 0 });
    const refused = openaiOf('cut').chat.completions.create(ASKED);
    await expect(refused).rejects.toMatchObject({ status: 502, code: 'tool_call_refused' });
    const { nanoUsd } = await spentOf(stack, principal);
    expect(nanoUsd).toBe((await stack.ledger()).billedNanoUsd);
  });

  test('that are more than were held for do not pass', async () => {
    await stack.script({ toolCalls: Array.from({ length: 17 }, () => GOOD), chunkDelayMs: 0 });
    const { finish, requestId } = await streamedOf('record');
    expect(finish).toBe('length');
    expect(await recordOf(requestId)).toMatchObject({ ending: 'cut-tools' });
    const { nanoUsd } = await spentOf(stack, principal);
    expect(nanoUsd).toBeGreaterThan(16 * NANO_USD_PER_CALL);
    expect(nanoUsd).toBeLessThan(17 * NANO_USD_PER_CALL);
    await stack.script({ toolCalls: Array.from({ length: 17 }, () => GOOD), chunkDelayMs: 0 });
    const refused = openaiOf('record').chat.completions.create(ASKED);
    await expect(refused).rejects.toMatchObject({ status: 502, code: 'tool_call_refused' });
  });

  test('are only told in the record where the policy says so', async () => {
    await stack.script({ toolCalls: [BAD], chunkDelayMs: 0 });
    const { finish, requestId } = await streamedOf('record');
    expect(finish).toBe('tool_calls');
    expect(await recordOf(requestId)).toMatchObject({
      toolInputs: { checked: 1, invalid: ['weather'], before: { checked: 0, invalid: [] } },
    });
  });

  test('of an earlier turn that was made up are refused before anything is held', async () => {
    const call = {
      id: 'a',
      type: 'function' as const,
      function: { name: 'weather', arguments: JSON.stringify(BAD.arguments) },
    };
    const made = openaiOf('cut').chat.completions.create({
      ...ASKED,
      messages: [
        ...ASKED.messages,
        { role: 'assistant', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'a', content: 'done' },
      ],
    });
    await expect(made).rejects.toThrow(/does not fit/);
    expect(await upstreamRequests(stack)).toEqual([]);
  });
});
