// What the caller gets is what the provider sent: every recorded answer comes through byte for
// byte, whatever pieces it arrives in, minus only the usage chunk of a caller who did not ask for
// it. And what it cost is what an independent reader found in the same bytes.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chatBody, decisionOf, postChat, requestIdOf, spentOf } from '../support/chat.ts';
import {
  askForRecordings,
  isStream,
  type Recording,
  recordedBody,
  recordings,
} from '../support/recordings.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  ({ key, principal } = await stack.makeKey());
});

afterAll(() => stack.close());

const RECORDINGS = recordings('openai-chat');
askForRecordings('transcripts through the gateway');
const STREAMS = RECORDINGS.filter(isStream);
const WHOLE = RECORDINGS.filter((recording) => !isStream(recording));

/**
 * A reader of its own, kept simple: an event is a usage chunk if it carries usage and no choice.
 */
function withoutUsageChunk(body: Buffer): Buffer {
  const kept = body
    .toString('latin1')
    .split(/(?<=\r?\n\r?\n)/)
    .filter((event) => {
      const json = /^data: (\{.*\})/.exec(event)?.[1];
      if (json === undefined) return true;
      const chunk = JSON.parse(json) as { usage?: unknown; choices?: unknown[]; error?: unknown };
      const isUsage = typeof chunk.usage === 'object' && chunk.usage !== null;
      return !(isUsage && chunk.choices?.length === 0 && chunk.error === undefined);
    });
  return Buffer.from(kept.join(''), 'latin1');
}

async function replay(
  recording: Recording,
  wish: { usage: boolean; chunkBytes?: number },
): Promise<{ response: Response; body: Buffer }> {
  const { usage, chunkBytes } = wish;
  await stack.script({
    replay: recording.file,
    times: 1,
    ...(chunkBytes === undefined ? {} : { chunkBytes }),
  });
  const stream = isStream(recording);
  const options = usage ? { stream_options: { include_usage: true } } : {};
  const asked = chatBody(stream ? { stream, ...options } : {});
  const response = await postChat(stack, key, asked);
  return { response, body: Buffer.from(await response.arrayBuffer()) };
}

/** The manifest's usage in our words; a part is never more than its whole. */
function expectedUsage({ expected: { usage } }: Recording): Record<string, number> | null {
  if (usage === null) return null;
  return {
    inputTokens: usage.input,
    outputTokens: usage.output,
    cachedInputTokens: Math.min(usage.cached, usage.input),
    cacheWriteTokens: Math.min(usage.cache_write, usage.input),
    reasoningTokens: Math.min(usage.reasoning, usage.output),
  };
}

async function expectSettled(recording: Recording, response: Response): Promise<void> {
  const record = await decisionOf(stack, requestIdOf(response));
  const usage = expectedUsage(recording);
  const { billedNanoUsd } = await stack.ledger();
  if (usage === null) expect(record.usage).toBeNull();
  else expect(record.usage).toMatchObject(usage);
  expect(record.originStatus).toBe(recording.status);
  const refused = recording.status >= 400;
  const known = refused || usage !== null;
  expect(record.ending === 'origin-refused').toBe(refused);
  expect(record).toMatchObject({ estimated: !known });
  expect(record.usageSource === 'provider').toBe(known);
  // Where nobody said what it cost: never less than was generated, never more than was held.
  expect(record.settledNanoUsd).toBeGreaterThanOrEqual(billedNanoUsd);
  expect(record.settledNanoUsd).toBeLessThanOrEqual(known ? billedNanoUsd : record.heldNanoUsd);
  expect(await spentOf(stack, principal)).toEqual({ nanoUsd: record.settledNanoUsd, requests: 1 });
}

describe.skipIf(RECORDINGS.length === 0)('recorded answers', () => {
  test('there are enough of them to mean something', () => {
    expect(STREAMS.length).toBeGreaterThanOrEqual(20);
    expect(WHOLE.length).toBeGreaterThanOrEqual(6);
    const withUsageChunk = STREAMS.filter(
      (one) =>
        withoutUsageChunk(Buffer.from(recordedBody(one))).length <
        Buffer.from(recordedBody(one)).length,
    );
    expect(withUsageChunk.length).toBeGreaterThanOrEqual(8);
  });

  test.each(RECORDINGS.map((one) => [one.file, one] as const))(
    '%s comes through byte for byte and costs what it says',
    async (_file, recording) => {
      const { response, body } = await replay(recording, { usage: true });
      expect(response.status).toBe(recording.status);
      const type = recording.content_type ?? 'text/event-stream; charset=utf-8';
      expect(response.headers.get('Content-Type')).toBe(type);
      expect(body.equals(Buffer.from(recordedBody(recording))), 'same bytes').toBe(true);
      await expectSettled(recording, response);
    },
  );

  test.each(STREAMS.map((one) => [one.file, one] as const))(
    '%s loses its usage chunk and nothing else where the caller did not ask for it',
    async (_file, recording) => {
      const { response, body } = await replay(recording, { usage: false });
      const expected = withoutUsageChunk(Buffer.from(recordedBody(recording)));
      expect(body.equals(expected), 'same bytes').toBe(true);
      await expectSettled(recording, response);
    },
  );

  const PIECES = [1, 7, 97].flatMap((chunkBytes) =>
    STREAMS.map((one) => [one.file, chunkBytes, one] as const),
  );
  test.each(PIECES)(
    '%s comes through in pieces of %i bytes',
    async (_file, chunkBytes, recording) => {
      // Byte by byte takes its time, so there only the harder half: with something to withhold.
      for (const usage of chunkBytes === 1 ? [false] : [true, false]) {
        const { body, response } = await replay(recording, { usage, chunkBytes });
        const whole = Buffer.from(recordedBody(recording));
        const expected = usage ? whole : withoutUsageChunk(whole);
        expect(body.equals(expected), `same bytes, usage ${String(usage)}`).toBe(true);
        const record = await decisionOf(stack, requestIdOf(response));
        expect(record.usage).toEqual(expectedUsage(recording));
      }
    },
  );
});
