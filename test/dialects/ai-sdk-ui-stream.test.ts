// The contract of the reader of an app's own stream, over streams that the AI SDK itself made:
// usage is what the app said, whatever the chunk boundaries, not a byte is changed, and a stream
// that is cut behind any event is one that the SDK reads to a clean end. What breaks if this fails:
// a page hangs on "streaming", or an origin's word about its usage is lost.

import {
  parseJsonEventStream,
  readUIMessageStream,
  type UIMessageChunk,
  uiMessageChunkSchema,
} from 'ai';
import { describe, expect, it } from 'vitest';
import { chained } from '../support/chained.ts';
import { aiSdkUi } from '../../core/dialects/ai-sdk-ui.ts';
import { type Ask, type Cut, PLAIN_ASK, type StreamReader } from '../../core/dialects/dialect.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import {
  askForRecordings,
  inPiecesOf,
  joined,
  recordedBody,
  recordings,
} from '../support/recordings.ts';

askForRecordings('the ai-sdk-ui reader on streams of the SDK');

const ASK: Ask = { ...PLAIN_ASK, model: '', body: { messages: [] } };
const CUT: Cut = { as: 'length', sentence: '', inputTokens: 7, outputTokens: 11 };
const BROKEN = new TextEncoder().encode('no valid end');
const FAILED: Cut = { ...CUT, as: 'error', sentence: 'The run is over.' };

const all = recordings('ui-message-stream');
const isOld = (file: string): boolean => file.endsWith('.txt');
const cases = all.map((one) => [one.file, one] as const);
const current = cases.filter(([file]) => !isOld(file));
const old = cases.filter(([file]) => isOld(file));

const readerFor = (file: string, collectAnswer = false): StreamReader =>
  streamReader(
    aiSdkUi.openStream(ASK, { hideUsage: false, collectAnswer }),
    isOld(file) ? 'lines' : 'sse',
  );

/** The whole and every beginning that ends with an event. */
function beginnings(bytes: Uint8Array, file: string): Uint8Array[] {
  const text = new TextDecoder().decode(bytes);
  const end = isOld(file) ? '\n' : '\n\n';
  const events = text.split(end).slice(0, -1);
  return events.map((_, at) =>
    new TextEncoder().encode(
      events
        .slice(0, at + 1)
        .map((event) => event + end)
        .join(''),
    ),
  );
}

async function chunksOf(bytes: Uint8Array): Promise<UIMessageChunk[]> {
  const stream = new Response(bytes as BodyInit).body as ReadableStream<Uint8Array<ArrayBuffer>>;
  const parsed = parseJsonEventStream({ stream, schema: uiMessageChunkSchema });
  const chunks: UIMessageChunk[] = [];
  for await (const result of parsed) {
    if (!result.success) throw result.error;
    chunks.push(result.value as UIMessageChunk);
  }
  return chunks;
}

/** What `useChat` would show in the end. */
async function messageOf(chunks: readonly UIMessageChunk[]): Promise<unknown[]> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  let parts: unknown[] = [];
  const failures: unknown[] = [];
  const options = {
    stream,
    terminateOnError: true,
    onError: (cause: unknown) => failures.push(cause),
  };
  for await (const message of readUIMessageStream(options)) parts = message.parts;
  expect(failures).toEqual([]);
  return parts;
}

describe.skipIf(all.length === 0)('the stream of an app', () => {
  it.each(cases)('%s says what it used, in whatever pieces it comes', (file, recording) => {
    const bytes = recordedBody(recording);
    const { usage } = recording.expected;
    for (const size of [1, 2, 3, 97, bytes.length]) {
      const reader = readerFor(file);
      const out = inPiecesOf(bytes, size).map((piece) => reader.feed(piece));
      out.push(reader.end());
      expect(joined(out)).toEqual(bytes);
      const said = reader.usage();
      expect([said?.inputTokens ?? null, said?.outputTokens ?? null]).toEqual([
        usage?.input ?? null,
        usage?.output ?? null,
      ]);
      expect(reader.finished()).toBe(!recording.tags.includes('error-midstream'));
    }
  });

  it('counts each call of a tool once, whether its input is streamed or comes at once', () => {
    const [file, recording] = current.find(([name]) => name.includes('tools')) ?? [];
    if (file === undefined || recording === undefined) throw new Error('no stream with tools');
    const reader = readerFor(file);
    reader.feed(recordedBody(recording));
    expect(reader.toolCalls()).toBe(2);
    expect(reader.visibleBytes()).toBeGreaterThan('It is done.'.length);
  });

  it.each(current)(
    '%s can be ended behind any event, and the SDK reads a clean end',
    async (file, one) => {
      for (const beginning of beginnings(recordedBody(one), file).slice(0, -2)) {
        const reader = readerFor(file);
        const passed = reader.feed(beginning);
        const ending = reader.cut(CUT);
        if (ending === null) throw new Error('no valid end between two events');
        const chunks = await chunksOf(joined([passed, ending]));
        const last = chunks.at(-1);
        expect(last).toMatchObject({ type: 'finish', finishReason: 'length' });
        if (recordHasError(chunks)) continue;
        for (const part of await messageOf(chunks)) {
          expect((part as { state?: string }).state).not.toBe('streaming');
        }
      }
    },
  );

  it.each(current)('%s can be ended as an error that reaches the page', async (file, one) => {
    const [beginning = new Uint8Array(0)] = beginnings(recordedBody(one), file);
    const reader = readerFor(file);
    const passed = reader.feed(beginning);
    const chunks = await chunksOf(joined([passed, reader.cut(FAILED) ?? new Uint8Array(0)]));
    expect(chunks.at(-1)).toEqual({ type: 'error', errorText: FAILED.sentence });
  });

  it.each(old)('%s of version 4 can be ended behind any line', (file, one) => {
    for (const beginning of beginnings(recordedBody(one), file).slice(0, -2)) {
      for (const cut of [CUT, FAILED]) {
        const reader = readerFor(file);
        const passed = reader.feed(beginning);
        const text = new TextDecoder().decode(joined([passed, reader.cut(cut) ?? BROKEN]));
        const lines = text.split('\n').filter((line) => line !== '');
        if (new TextDecoder().decode(passed).includes('\n3:')) {
          // The app has said itself that it failed: nothing is put behind that.
          expect(text).toBe(new TextDecoder().decode(passed));
          continue;
        }
        for (const line of lines) expect(() => void JSON.parse(line.slice(2))).not.toThrow();
        const finishReason = cut.as === 'length' ? 'length' : 'error';
        const usage = { promptTokens: 7, completionTokens: 11 };
        expect(lines.at(-1)).toBe(`d:${JSON.stringify({ finishReason, usage })}`);
        expect(lines.filter((line) => line.startsWith('f:')).length).toBe(
          lines.filter((line) => line.startsWith('e:')).length,
        );
      }
    }
  });

  it('is collected as the text that the next request repeats', () => {
    for (const [file, one] of [...current, ...old]) {
      if (one.tags.includes('error-midstream')) continue;
      const reader = readerFor(file, true);
      reader.feed(recordedBody(one));
      const text = reader.answer()?.whole ?? '';
      expect(text.length).toBeGreaterThan(5);
      const parts = [{ type: 'step-start' }, { type: 'text', text }];
      expect(chained(aiSdkUi).lastAnswer({ messages: [{ role: 'assistant', parts }] })).toBe(text);
      expect(
        chained(aiSdkUi).lastAnswer({ messages: [{ role: 'assistant', content: text }] }),
      ).toBe(text);
    }
  });
});

const recordHasError = (chunks: readonly UIMessageChunk[]): boolean =>
  chunks.some(({ type }) => type === 'error');

const take = (...chunks: readonly object[]): StreamReader => {
  const reader = readerFor('x.sse');
  for (const chunk of chunks) {
    reader.feed(new TextEncoder().encode(`data: ${JSON.stringify(chunk)}\n\n`));
  }
  return reader;
};

describe('usage in a message', () => {
  const said = (usage: unknown): object => ({ type: 'finish', messageMetadata: { usage } });

  it('is read as every version of the SDK writes it', () => {
    const of5 = { inputTokens: 9, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 3 };
    const of7 = {
      inputTokens: 9,
      outputTokens: 5,
      inputTokenDetails: { cacheReadTokens: 4, cacheWriteTokens: 2 },
      outputTokenDetails: { reasoningTokens: 3 },
    };
    const expected = { inputTokens: 9, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 3 };
    expect(take(said(of5)).usage()).toEqual({ ...expected, cacheWriteTokens: 0 });
    expect(take(said(of7)).usage()).toEqual({ ...expected, cacheWriteTokens: 2 });
  });

  it.each([[-1], [1.5], ['9'], [null], [1e300], [Number.MAX_SAFE_INTEGER]])(
    'is none where a count is %s, and the last word wins',
    (count) => {
      const good = said({ inputTokens: 1, outputTokens: 1 });
      expect(take(good, said({ inputTokens: count, outputTokens: 5 })).usage()).toBeNull();
    },
  );

  it('that is an explicit zero stays zero', () => {
    expect(take(said({ inputTokens: 0, outputTokens: 0 })).usage()).toMatchObject({
      inputTokens: 0,
      outputTokens: 0,
    });
  });
});
