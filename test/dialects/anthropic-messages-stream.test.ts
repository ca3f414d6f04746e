// Streams of Claude, recorded and written. What breaks if this fails: calls are settled from counts
// that leave out caches, compactions or an advisor, or from a placeholder.

import { describe, expect, it } from 'vitest';
import { anthropicMessages } from '../../core/dialects/anthropic-messages.ts';
import { type Ask, PLAIN_ASK } from '../../core/dialects/dialect.ts';
import type { Usage } from '../../core/pricing/usage.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import {
  askForRecordings,
  inPiecesOf,
  isStream,
  joined,
  recordedBody,
  type Recording,
  recordings,
} from '../support/recordings.ts';

askForRecordings('the anthropic-messages reader on recorded streams');

/** Counts as Anthropic means them, by an independent reader. */
type Expected = {
  readonly model: string | null;
  readonly stop: string | null;
  readonly iterations?: unknown;
  readonly usage: {
    readonly input: number;
    readonly output: number;
    readonly cache_read: number;
    readonly cache_write: number;
    readonly thinking: number | null;
    readonly web_search_requests: number;
  } | null;
};

const expectedOf = ({ expected }: Recording): Expected => expected as unknown as Expected;

const askFor = (model: string): Ask => ({
  ...PLAIN_ASK,
  model,
  stream: true,
  inputRates: ['input'],
  body: {},
});

const all = recordings('anthropic');
const streams = all.filter(isStream);
/** Of these the top level is all there is. */
const plain = all.filter((one) => one.status === 200 && expectedOf(one).iterations === undefined);

function readerFor(model: string, collectAnswer = false) {
  const options = { hideUsage: false, collectAnswer };
  return streamReader(anthropicMessages.openStream(askFor(model), options), 'sse');
}

function readThrough(pieces: readonly Uint8Array[], model = 'claude-sonnet-4-5', collect = false) {
  const reader = readerFor(model, collect);
  const out = pieces.map((piece) => reader.feed(piece));
  out.push(reader.end());
  return {
    usage: reader.usage(),
    soFar: reader.usageSoFar?.(),
    finished: reader.finished(),
    visibleBytes: reader.visibleBytes(),
    events: reader.events(),
    toolCalls: reader.toolCalls(),
    out: joined(out),
  };
}

function usageOf(recording: Recording, model = 'claude-sonnet-4-5'): Usage | null {
  if (isStream(recording)) return readThrough([recordedBody(recording)], model).usage;
  const body = JSON.parse(new TextDecoder().decode(recordedBody(recording))) as unknown;
  return anthropicMessages.readUsage(body, askFor(model));
}

describe.skipIf(plain.length === 0)('a recorded answer', () => {
  // Complaint 26: cached tokens charged twice, or not at all.
  it.each(plain)('$file says its usage, input being the sum of three', (recording) => {
    const { usage } = expectedOf(recording);
    if (usage === null) throw new Error('no usage expected');
    expect(usageOf(recording)).toEqual({
      inputTokens: usage.input + usage.cache_read + usage.cache_write,
      outputTokens: usage.output,
      cachedInputTokens: usage.cache_read,
      cacheWriteTokens: usage.cache_write,
      reasoningTokens: usage.thinking ?? 0,
      ...(usage.web_search_requests > 0
        ? { extras: { webSearch: usage.web_search_requests } }
        : {}),
    });
  });

  it.each(all.filter(({ status }) => status !== 200))('$file, a refusal, has no usage', (one) => {
    expect(usageOf(one)).toBeNull();
  });
});

describe.skipIf(streams.length === 0)('a recorded stream', () => {
  it.each(streams)('$file passes byte for byte and reads the same however it is cut', (one) => {
    const body = recordedBody(one);
    const whole = readThrough([body]);
    expect(whole.out).toEqual(body);
    expect(whole.finished).toBe(true);
    for (const size of [1, 2, 3, 97]) expect(readThrough(inPiecesOf(body, size))).toEqual(whole);
    // Who collects the answer reads every event.
    expect(readThrough([body], 'claude-sonnet-4-5', true)).toEqual(whole);
  });

  it.each(streams)('$file shows at most a token per two visible bytes and 160', (recording) => {
    const { usage } = expectedOf(recording);
    const isHidden = recording.tags.some((tag) => /thinking|malformed/.test(tag));
    if (usage === null || isHidden || (usage.thinking ?? 0) > 0) return;
    const { visibleBytes } = readThrough([recordedBody(recording)]);
    expect(usage.output).toBeLessThanOrEqual(visibleBytes / 2 + 160);
  });

  // Complaint 17: recovered tokens priced from the placeholder of `message_start`.
  it.each(streams)('$file has no usage until its last word, however far it came', (recording) => {
    const blocks = new TextDecoder().decode(recordedBody(recording)).split(/(?<=\n\n)/);
    const last = blocks.findLastIndex((block) => block.includes('"message_delta"'));
    for (let count = 0; count <= last; count += 1) {
      const begun = new TextEncoder().encode(blocks.slice(0, count).join(''));
      expect(readThrough([begun])).toMatchObject({ usage: null, finished: false });
    }
  });
});

type Event = { readonly type: string; readonly [field: string]: unknown };
const event = (json: Event): string => `event: ${json.type}\ndata: ${JSON.stringify(json)}  \n\n`;
const start = (usage: object): string => event({ type: 'message_start', message: { usage } });
const delta = (usage: object): string => event({ type: 'message_delta', delta: {}, usage });
const block = (content_block: object, index = 0): string =>
  event({ type: 'content_block_start', index, content_block });
const more = (part: object, index = 0): string =>
  event({ type: 'content_block_delta', index, delta: part });
const STOP = event({ type: 'message_stop' });

const through = (...events: string[]) => readThrough([new TextEncoder().encode(events.join(''))]);

describe('a written stream', () => {
  const START = { input_tokens: 20, cache_read_input_tokens: 5, output_tokens: 1 };

  it('says early what its input is, and never as the last word', () => {
    const begun = through(start(START), block({ type: 'text', text: '' }));
    expect(begun.usage).toBeNull();
    expect(begun.soFar).toMatchObject({ inputTokens: 25, cachedInputTokens: 5, outputTokens: 1 });
    expect(through().soFar).toBeNull();
  });

  it('keeps what a later word leaves out or says is null', () => {
    const told = { output_tokens: 9, input_tokens: null, cache_creation_input_tokens: 2 };
    expect(through(start(START), delta(told), STOP).usage).toMatchObject({
      inputTokens: 27,
      outputTokens: 9,
      cachedInputTokens: 5,
      cacheWriteTokens: 2,
    });
  });

  it('has no usage where its last word says nothing of output, or nonsense', () => {
    for (const told of [
      {},
      { output_tokens: null },
      { output_tokens: '9' },
      { output_tokens: -1 },
    ]) {
      expect(through(start(START), delta(told), STOP)).toMatchObject({
        usage: null,
        finished: true,
      });
    }
  });

  it('that begins again has no usage until it ends again', () => {
    const once = [start(START), delta({ output_tokens: 9 })];
    expect(through(...once, start(START)).usage).toBeNull();
    expect(through(...once, start(START), delta({ output_tokens: 7 }), STOP).usage).toMatchObject({
      outputTokens: 7,
    });
  });

  it('shows text, thoughts, arguments and citations, and not signatures', () => {
    const citation = { type: 'char_location', cited_text: 'a' };
    const read = through(
      block({ type: 'thinking', thinking: '', signature: '' }),
      more({ type: 'thinking_delta', thinking: 'hm°' }),
      more({ type: 'signature_delta', signature: 'x'.repeat(99) }),
      block({ type: 'tool_use', id: 't', name: 'f', input: {} }, 1),
      more({ type: 'input_json_delta', partial_json: '{"a":1}' }, 1),
      block({ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }, 2),
      block({ type: 'web_search_tool_result', content: [{ url: 'https://x.example' }] }, 3),
      block({ type: 'text', text: '' }, 4),
      more({ type: 'text_delta', text: '°' }, 4),
      more({ type: 'citations_delta', citation }, 4),
      event({ type: 'ping' }),
    );
    const shown = 4 + 65 + 7 + 74 + 2 + JSON.stringify(citation).length;
    expect(read).toMatchObject({ visibleBytes: shown, events: 6, toolCalls: 2 });
  });

  it('is finished by message_stop without an error, and by nothing else', () => {
    const whole = [start(START), delta({ output_tokens: 9 }), STOP];
    expect(through(...whole).finished).toBe(true);
    expect(through(...whole.slice(0, 2)).finished).toBe(false);
    expect(through(event({ type: 'error', error: {} }), ...whole).finished).toBe(false);
    expect(through(event({ type: 'toString' }), event({ type: '__proto__' })).finished).toBe(false);
  });

  it('with a result of a tool too large to be kept is still ended where it stands', () => {
    const reader = readerFor('claude-sonnet-4-5');
    const pages = [{ encrypted_content: 'x'.repeat(200_000) }];
    const text = start(START) + block({ type: 'web_search_tool_result', content: pages }, 7);
    reader.feed(new TextEncoder().encode(text));
    const cut = reader.cut({ as: 'length', sentence: '', inputTokens: 25, outputTokens: 3 });
    expect(new TextDecoder().decode(cut ?? new Uint8Array(0))).toMatch(
      /^event: content_block_stop\ndata: \{"type":"content_block_stop","index":7\}\n\n/,
    );
  });
});
