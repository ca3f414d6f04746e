// A route with a shape of the app's own, through the real gateway: the page sends one message, and
// what goes up was built from the policy and from what was said before. If this breaks, the bot has
// no memory, somebody else's, or a bill that nobody held money for.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFetch } from '../../client/index.ts';
import { inRoot } from '../../local/paths.ts';
import {
  CLAUDE,
  DIALECT_PATHS,
  LADDER,
  RESPONSES,
  SUPPORT,
  SYSTEM,
  TOOLED,
} from '../support/app-policy.ts';
import { decisionOf, requestIdOf, spentOf, upstreamRequests } from '../support/chat.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';
import { idOf, lastHeard, type Saying, sentOf, type Talker, talker } from '../support/talking.ts';

let stack: TestStack;
let key: MadeKey;
let page: Talker;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/app-policy.ts') });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ text: 'It is on its way.', chunkDelayMs: 0 });
  key = await stack.makeKey('support');
  page = talker(stack, key.key);
});

afterAll(() => stack.close());

const say = (path: string, said: Saying): Promise<string> => page.say(path, said);

const ANSWERED = 'assistant: It is on its way.';

describe.each(DIALECT_PATHS)('%s', (path) => {
  it.each([false, true])('builds the request, and remembers (streamed: %s)', async (stream) => {
    const id = await say(path, { message: 'Where is my order?', stream });
    expect(id).toMatch(/^[\w-]{22}$/);
    const [first] = await sentOf(stack);
    expect(JSON.stringify(first)).toContain(JSON.stringify(SYSTEM));
    expect(await lastHeard(stack)).toEqual(['user: Where is my order?']);
    expect(await say(path, { message: 'And when?', conversationId: id, stream })).toBe(id);
    expect(await lastHeard(stack)).toEqual([
      'user: Where is my order?',
      ANSWERED,
      'user: And when?',
    ]);
    await say(path, { message: 'Thanks', conversationId: id, stream });
    expect(await lastHeard(stack)).toHaveLength(5);
    expect(JSON.stringify((await sentOf(stack)).at(-1))).toContain(JSON.stringify(SYSTEM));
  });

  it('has the bill of the provider in its ledger, to the last nano-dollar', async () => {
    const id = await say(path, { message: 'One' });
    await say(path, { message: 'Two', conversationId: id, stream: true });
    const { billedNanoUsd } = await stack.ledger();
    expect(billedNanoUsd).toBeGreaterThan(0);
    expect(await spentOf(stack, key.principal)).toEqual({ nanoUsd: billedNanoUsd, requests: 2 });
  });
});

describe('what goes up', () => {
  it('is what the policy says and nothing else', async () => {
    await say(SUPPORT, { message: 'Hello' });
    const [body] = await sentOf(stack);
    expect(body).toMatchObject({
      model: 'gpt-4o-mini',
      temperature: 0.2,
      messages: [
        { role: 'system', content: SYSTEM },
        { role: 'user', content: 'Hello' },
      ],
    });
    expect(body).not.toHaveProperty('tools');
    await say(CLAUDE, { message: 'Hello' });
    expect((await sentOf(stack))[1]).toMatchObject({
      model: 'claude-haiku-4-5',
      max_tokens: 200,
      temperature: 0.3,
      system: SYSTEM,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    await say(RESPONSES, { message: 'Hello' });
    expect((await sentOf(stack))[2]).toMatchObject({
      instructions: SYSTEM,
      max_output_tokens: 200,
      store: false,
    });
  });

  it('has the tools of the policy, whose calls pass and are paid for', async () => {
    await stack.script({ toolCalls: [{ name: 'open_form', arguments: { id: 7 } }], chunks: 0 });
    const answer = await page.post(TOOLED, { message: 'I want my money back' });
    expect(await answer.text()).toContain('open_form');
    const [body] = await sentOf(stack);
    expect(body?.['tools']).toMatchObject([{ function: { name: 'open_form' } }]);
    const { billedNanoUsd } = await stack.ledger();
    expect((await spentOf(stack, key.principal)).nanoUsd).toBe(billedNanoUsd + 1_000_000);
    await stack.script({ text: 'Done.', chunkDelayMs: 0 });
    await say(TOOLED, { message: 'Filled in', conversationId: idOf(answer) });
    // Of an answer without words only the question is remembered.
    expect((await lastHeard(stack))[0]).toBe('user: I want my money back');
    expect((await lastHeard(stack)).at(-1)).toBe('user: Filled in');
  });

  it('goes to the policy’s cheaper model where the money is short, past and all', async () => {
    const id = await say(LADDER, { message: 'Hello' });
    await spentOf(stack, key.principal);
    // What the longest history costs the dear model, at the least, is more than twice this.
    await stack.setCap(key.principal, 'day', 'nanoUsd', 10_000_000);
    const answer = await page.post(LADDER, { message: 'And?', conversationId: id });
    expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
    expect(answer.headers.get('Weighbridge-Model-Served')).toBe('gpt-4o-mini');
    const [dear, cheap] = await sentOf(stack);
    expect([dear?.['model'], cheap?.['model']]).toEqual(['gpt-4o', 'gpt-4o-mini']);
    expect(await lastHeard(stack)).toEqual(['user: Hello', ANSWERED, 'user: And?']);
  });

  it('is proven by strangers as anywhere, and the second message brings its own challenge', async () => {
    const asked: string[] = [];
    const proved = createFetch({
      gateway: stack.gatewayUrl,
      fetch: (input, init) => {
        asked.push(new URL(input instanceof Request ? input.url : String(input)).pathname);
        return fetch(input, init);
      },
    });
    const ask = (body: object) =>
      proved(`${stack.gatewayUrl}${SUPPORT}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
    const first = await ask({ message: 'Hello' });
    expect([first.status, await first.text()]).toEqual([200, expect.any(String)]);
    const second = await ask({ message: 'And?', conversationId: idOf(first) });
    expect([second.status, await second.text()]).toEqual([200, expect.any(String)]);
    expect(await lastHeard(stack)).toEqual(['user: Hello', ANSWERED, 'user: And?']);
    // One challenge fetched, and no call made twice: the price was right the first time.
    expect(asked.filter((path) => path === SUPPORT)).toHaveLength(2);
  });
});

/** A step of a 32-bit xorshift: the same conversation every time. */
function drawn(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.abs(state);
  };
}

it.each([...DIALECT_PATHS, TOOLED])('never costs more on %s than was held for it', async (path) => {
  const draw = drawn(4711);
  const PIECES = ['a', '"', '\\', '\n', 'ö', '漢', '😀', ' lorem ipsum', '\u0001', '{}'];
  let conversationId: string | null = null;
  for (let turn = 0; turn < 12; turn += 1) {
    const piece = PIECES[draw() % PIECES.length] ?? 'a';
    const message = piece.repeat(1 + (draw() % 900)).slice(0, 900) + '.';
    await stack.script({ text: piece.repeat(1 + (draw() % 300)), chunkDelayMs: 0 });
    const named = conversationId === null ? {} : { conversationId };
    const answer = await page.post(path, { message, ...named, stream: draw() % 2 === 0 });
    expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
    conversationId = idOf(answer);
    const record = await decisionOf(stack, requestIdOf(answer));
    const { inputTokensMax } = (record as unknown as { estimate: { inputTokensMax: number } })
      .estimate;
    expect(record.usage?.['inputTokens']).toBeLessThanOrEqual(inputTokensMax);
    // Not one byte went up that was not priced before the history was read.
    const { bodyText = '' } = (await upstreamRequests(stack)).at(-1) ?? {};
    expect(Buffer.byteLength(bodyText)).toBeLessThanOrEqual(inputTokensMax);
    expect(record.settledNanoUsd).toBeLessThanOrEqual(record.heldNanoUsd);
  }
  const calls = (await stack.ledger()).calls;
  expect(calls).toHaveLength(12);
  expect((await spentOf(stack, key.principal)).nanoUsd).toBe(
    calls.reduce((sum, { billedNanoUsd }) => sum + billedNanoUsd, 0),
  );
});
