// Two honest callers whom a route with `conversation` must not keep out: one who presses stop and
// goes on from what there is, and one who is back before the ledger has heard of the answer. If
// these fail, people find their conversation dead for no reason they could understand.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { CHAT, MODEL, postChat } from '../support/chat.ts';
import { BRANCHES_MAX } from '../support/conversation-policy.ts';
import { hello, makeCaller, type Message, more } from '../support/conversing.ts';
import { NOT_CONTINUED, refusalOf, whole } from '../support/conversing.ts';
import { poll } from '../support/poll.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const TURNS = 40;

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/conversation-policy.ts') });
});

beforeEach(() => stack.resetEmulator());

afterAll(() => stack.close());

describe('a caller who presses stop', () => {
  test.each([1, 7, 30])('after %i pieces goes on from what there is', async (pieces) => {
    await stack.script({ chunks: 400, chunkDelayMs: 4 });
    const caller = await makeCaller(stack);
    const ask = { model: MODEL, messages: [hello], stream: true as const };
    const stream = await caller.openai.chat.completions.create(ask);
    let content = '';
    let seen = 0;
    for await (const chunk of stream) {
      const piece = chunk.choices[0]?.delta.content ?? '';
      content += piece;
      seen += piece === '' ? 0 : 1;
      if (seen === pieces) break;
    }
    const stopped: Message = { role: 'assistant', content };
    expect(await refusalOf(caller, [hello, stopped, more])).toBeNull();
    const bent: Message = { role: 'assistant', content: `${content.slice(0, -1)}!` };
    expect(await refusalOf(caller, [hello, bent, more])).toBe(NOT_CONTINUED);
  });

  test('before anything came has not gone on, and may ask again', async () => {
    const caller = await makeCaller(stack);
    const answer = await whole(caller, [hello]);
    await stack.script({ firstChunkDelayMs: 60_000 });
    for (let tried = 0; tried <= BRANCHES_MAX; tried += 1) {
      await stack.resetEmulator();
      await stack.script({ firstChunkDelayMs: 60_000 });
      const stop = new AbortController();
      const body = JSON.stringify({ model: MODEL, messages: [hello, answer, more], stream: true });
      const call = fetch(`${stack.gatewayUrl}${CHAT}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${caller.key}`, 'Content-Type': 'application/json' },
        body,
        signal: stop.signal,
      }).catch(() => null);
      await poll('the call is up', async () => (await stack.ledger()).openStreams === 1);
      stop.abort();
      await call;
      await poll('the call is over', async () => (await stack.ledger()).openStreams === 0);
    }
    await stack.resetEmulator();
    await poll('it may ask again', async () => {
      return (await refusalOf(caller, [hello, answer, more])) === null;
    });
  });
});

/** Reads a stream until this stands in it; what is left of it is still to be read. */
async function readUntil(response: Response, wanted: string): Promise<ReadableStreamDefaultReader> {
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  const text = new TextDecoder();
  for (let seen = ''; !seen.includes(wanted);) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended without ${wanted}`);
    seen += text.decode(value, { stream: true });
  }
  return reader;
}

async function readRest(reader: ReadableStreamDefaultReader): Promise<void> {
  while (!(await reader.read()).done);
}

describe('a caller who is quick', () => {
  const streamed = (key: string, messages: readonly Message[]): Promise<Response> =>
    postChat(stack, key, JSON.stringify({ model: MODEL, messages, stream: true }));

  test(`goes on in the instant of [DONE], ${String(TURNS)} times`, async () => {
    const { key } = await stack.makeKey();
    const history: Message[] = [hello];
    const statuses: number[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      await stack.script({ text: `Turn ${String(turn)}.`, chunkDelayMs: 0 });
      const response = await streamed(key, history);
      statuses.push(response.status);
      await readUntil(response, '[DONE]');
      history.push({ role: 'assistant', content: `Turn ${String(turn)}.` }, more);
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  // The provider takes its time over the end of the stream, and until then nothing is settled.
  test('goes on in the instant of the last word, and is kept waiting, not out', async () => {
    const { key } = await stack.makeKey();
    await stack.script({ text: 'Yes.', fault: 'drip', chunkDelayMs: 0.5 });
    const first = await streamed(key, [hello]);
    const rest = await readUntil(first, '"finish_reason":"stop"');
    const next = streamed(key, [hello, { role: 'assistant', content: 'Yes.' }, more]);
    await readRest(rest);
    expect((await next).status).toBe(200);
  });
});
