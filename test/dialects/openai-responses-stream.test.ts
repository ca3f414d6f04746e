// The contract of the Responses reader, over every recorded transcript: however the bytes are cut,
// usage is what an independent reader took from them, and not a byte is changed. What breaks if
// this fails: calls are settled wrongly.

import { describe, expect, it } from 'vitest';
import { PLAIN_ASK, type Ask, type EventReader } from '../../core/dialects/dialect.ts';
import { openaiResponses } from '../../core/dialects/openai-responses.ts';
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
import {
  FINISHED_RESPONSE,
  RESPONSES_EVENTS,
  responsesBlock,
  type ResponsesEvent,
} from '../support/responses-stream.ts';

askForRecordings('the openai-responses reader on recorded streams');

const ASK: Ask = { ...PLAIN_ASK, model: 'gpt-5', stream: true, body: {} };
const OPTIONS = { hideUsage: false, collectAnswer: false } as const;

const all = recordings('openai-responses');
const streams = all.filter(isStream);

/** Beside the tokens of the manifest: what the provider's own tools did, by hand. */
const BESIDE: Readonly<Record<string, Partial<Usage>>> = {
  'openai-responses/tool-reasoning.sse': { tier: 'flex' },
  'openai-responses/web-search-cached.sse': { extras: { webSearch: 1 } },
  'openai-responses/web-search-amplification-json.json': { extras: { webSearch: 6 } },
  'openai-responses/code-interpreter-cached.sse': { extras: { codeSession: 1 } },
};
const withImages = 'openai-responses/image-generation-tool.chunks.jsonl';

function expectedUsage({ file, expected }: Recording): object | null {
  const { usage } = expected;
  if (usage === null) return null;
  const tokens = {
    inputTokens: usage.input,
    outputTokens: usage.output,
    cachedInputTokens: usage.cached,
    cacheWriteTokens: usage.cache_write,
    reasoningTokens: usage.reasoning,
  };
  return { ...tokens, ...BESIDE[file] };
}

type Reading = {
  readonly usage: Usage | null;
  readonly finished: boolean;
  readonly visibleBytes: number;
  readonly toolCalls: number;
  readonly out: Uint8Array;
};

function readThrough(pieces: readonly Uint8Array[]): Reading {
  const reader = streamReader(openaiResponses.openStream(ASK, OPTIONS), 'sse');
  const out: Uint8Array[] = pieces.map((piece) => reader.feed(piece).slice());
  out.push(reader.end());
  return {
    usage: reader.usage(),
    finished: reader.finished(),
    visibleBytes: reader.visibleBytes(),
    toolCalls: reader.toolCalls(),
    out: joined(out),
  };
}

type Expected = { terminal?: string; output_items?: Readonly<Record<string, number>> };

describe.skipIf(streams.length === 0)('a recorded stream', () => {
  it.each(streams)('$file says its usage, whole', (recording) => {
    const { usage, finished, toolCalls } = readThrough([recordedBody(recording)]);
    const { terminal, output_items: outputs } = recording.expected as Expected;
    if (recording.file === withImages) expect(usage).toMatchObject(expectedUsage(recording) ?? {});
    else expect(usage).toEqual(expectedUsage(recording));
    expect(finished).toBe(terminal === 'response.completed');
    expect(toolCalls).toBe(outputs?.['function_call'] ?? 0);
  });

  it.each(streams)('$file passes byte for byte and reads the same however it is cut', (one) => {
    const body = recordedBody(one);
    const whole = readThrough([body]);
    expect(whole.out).toEqual(body);
    const cuts = [1, 2, 3, 97].map((size) => inPiecesOf(body, size));
    for (const pieces of cuts) expect(readThrough(pieces)).toEqual(whole);
  });

  it.each(streams)('$file shows at most a token per two visible bytes and 160', (recording) => {
    const { usage } = recording.expected;
    if (usage === null || recording.file === withImages) return;
    const { visibleBytes } = readThrough([recordedBody(recording)]);
    expect(usage.output - usage.reasoning).toBeLessThanOrEqual(visibleBytes / 2 + 160);
  });

  it('with a picture of which no tokens are told is charged as many as it can have', () => {
    const recording = all.find(({ file }) => file === withImages);
    if (recording === undefined) return;
    const [image] = readThrough([recordedBody(recording)]).usage?.others ?? [];
    expect(image?.outputTokens).toBeGreaterThanOrEqual(6_240);
    expect(image?.extras?.outputImage).toBe(image?.outputTokens);
  });
});

describe.skipIf(all.length === 0)('a recorded answer in one piece', () => {
  it.each(all.filter((one) => !isStream(one)))('$file says its usage', (recording) => {
    const body = JSON.parse(new TextDecoder().decode(recordedBody(recording))) as unknown;
    expect(openaiResponses.readUsage(body, ASK)).toEqual(expectedUsage(recording));
  });
});

const feed = (reader: EventReader, ...events: readonly object[]): EventReader => {
  for (const event of events) {
    const { type = '' } = event as { type?: string };
    reader.take({ event: type, data: JSON.stringify(event) });
  }
  return reader;
};
const open = (): EventReader => openaiResponses.openStream(ASK, OPTIONS);
const done = { type: 'response.completed', response: FINISHED_RESPONSE };

describe('a written stream', () => {
  it('counts what shows, and each call once', () => {
    const reader = feed(open(), ...RESPONSES_EVENTS);
    const shown = RESPONSES_EVENTS.filter(({ type }) => type.endsWith('.delta'))
      .map(({ delta }) => new TextEncoder().encode(String(delta)).length)
      .reduce((sum, bytes) => sum + bytes, 0);
    expect(reader.visibleBytes()).toBe(shown);
    expect(reader.toolCalls()).toBe(2);
    expect(reader.finished()).toBe(true);
    expect(reader.usage()).toMatchObject({ inputTokens: 120, outputTokens: 90 });
  });

  it('counts an item that came without being shown piece by piece', () => {
    const item = { type: 'function_call', id: 'f', call_id: 'c', name: 'n', arguments: '{"a":1}' };
    const reader = feed(open(), { type: 'response.output_item.done', output_index: 0, item });
    expect(reader.visibleBytes()).toBe(JSON.stringify(item.arguments).length);
  });

  it('is finished by its own end, without an error before it', () => {
    const ends = ['response.completed', 'response.incomplete', 'response.failed', 'error'];
    const finished = ends.map((type) => feed(open(), { ...done, type }).finished());
    expect(finished).toEqual([true, true, false, false]);
    const flat = { type: 'error', code: 'x', message: 'y', param: null };
    const nested = { type: 'error', error: { type: 'x', message: 'y' } };
    for (const error of [flat, nested]) expect(feed(open(), error, done).finished()).toBe(false);
    expect(feed(open(), ...RESPONSES_EVENTS.slice(0, -1)).usage()).toBeNull();
  });

  it('takes usage from a response that failed, if it carries one', () => {
    expect(feed(open(), { ...done, type: 'response.failed' }).usage()).not.toBeNull();
    const failed = { type: 'response.failed', response: { ...FINISHED_RESPONSE, usage: null } };
    expect(feed(open(), failed).usage()).toBeNull();
  });

  it('is passed on where it is no stream of events at all', () => {
    const odd =
      '<html>502</html>\n\ndata: {broken\n\ndata: 7\n\ndata: {"type":7}\n\ndata: [DONE]\n\n';
    const { out, usage, finished, visibleBytes } = readThrough([new TextEncoder().encode(odd)]);
    expect(new TextDecoder().decode(out)).toBe(odd);
    expect({ usage, finished, visibleBytes }).toEqual({
      usage: null,
      finished: false,
      visibleBytes: 0,
    });
  });
});

describe('an end too large to be kept', () => {
  const long = 'x'.repeat(200_000);
  const large = (response: object): ResponsesEvent[] => [
    ...RESPONSES_EVENTS.slice(0, -1),
    { type: 'response.completed', sequence_number: 99, response },
  ];
  const read = (events: readonly ResponsesEvent[]): Reading =>
    readThrough([new TextEncoder().encode(events.map(responsesBlock).join(''))]);

  it('says its usage in its tail', () => {
    const { usage, finished } = read(large({ ...FINISHED_RESPONSE, instructions: long }));
    expect(finished).toBe(true);
    expect(usage).toMatchObject({ inputTokens: 120, outputTokens: 90, cachedInputTokens: 64 });
  });

  // What breaks if this fails: a caller writes his own bill into a tool's description.
  it('is not believed where a text or a schema of the caller says a usage', () => {
    const cheap = { input_tokens: 0, output_tokens: 0 };
    const { usage: _usage, ...rest } = FINISHED_RESPONSE;
    const told = [
      { ...rest, instructions: `${long}"usage":{"input_tokens":0,"output_tokens":0}}}` },
      { ...rest, tools: [{ description: long, parameters: { properties: { usage: cheap } } }] },
      { ...rest, instructions: long, metadata: { usage: JSON.stringify(cheap) }, usage: null },
    ];
    for (const response of told) expect(read(large(response)).usage).toBeNull();
    // Who takes the last usage there is, wherever it stands, is told nothing was used.
    expect(JSON.stringify(told[1]).lastIndexOf('"usage":{"input_tokens":0')).toBeGreaterThan(0);
    const both = {
      ...rest,
      tools: [{ description: long, usage: cheap }],
      usage: FINISHED_RESPONSE.usage,
    };
    expect(read(large(both)).usage).toMatchObject({ inputTokens: 120 });
  });
});
