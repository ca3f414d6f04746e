// A provider that is broken or hostile, or an app or a compatible server that is: what a stream may
// not do to the gateway. What breaks if this fails: a stream that fills an isolate's memory, an
// ending that carries a stranger's words, or a call that is charged what nobody counted.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  type Cut,
  type Dialect,
  type EventReader,
  PLAIN_ASK,
} from '../../core/dialects/dialect.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import { readSse } from '../../core/stream/sse.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { KeyGuard } from '../../worker/relay/key-guard.ts';

const ASK = { ...PLAIN_ASK, model: 'm', stream: true, body: {}, upstreamTarget: '?alt=sse' };
const STREAMS = DIALECTS.filter(({ id }) => !['plain', 'openai-embeddings'].includes(id));
const CUT: Cut = { as: 'length', sentence: 'No.', inputTokens: 1, outputTokens: 2 };
const FAILED: Cut = { ...CUT, as: 'error' };

const open = (dialect: Dialect): EventReader =>
  dialect.openStream(ASK, { hideUsage: false, collectAnswer: false });
const dialectOf = (id: string): Dialect => {
  const found = DIALECTS.find((dialect) => dialect.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};
const tell = (reader: EventReader, json: object, event = ''): void => {
  reader.take({ event, data: JSON.stringify(json) });
};

/** What the ending says, event by event, as a strict reader reads it. */
function eventsOf(ending: string): { event: string; data: string }[] {
  return ending
    .split(/\r?\n\r?\n/)
    .filter((block) => block !== '')
    .map((block) => {
      const event = readSse(block);
      if (event === null) throw new Error(`no event: ${block.slice(0, 80)}`);
      if (event.data !== '[DONE]') JSON.parse(event.data);
      return event;
    });
}

const EVIL = 'x"}\r\n\r\nevent: error\ndata: {"error":"pwned"}\n\n\u2028';
const BEGINNINGS: readonly object[] = [
  { id: EVIL, model: EVIL, created: EVIL, choices: [{ index: EVIL, delta: { content: 'a' } }] },
  { type: 'response.created', response: { id: EVIL, model: EVIL, created_at: EVIL } },
  {
    type: 'response.output_item.added',
    output_index: 0,
    item: { id: EVIL, type: 'message', role: EVIL },
  },
  { type: 'message_start', message: { id: EVIL, model: EVIL, usage: { input_tokens: 1 } } },
  { type: 'content_block_start', index: EVIL, content_block: { type: 'text', text: '' } },
  { modelVersion: EVIL, responseId: EVIL, candidates: [{ index: EVIL, content: { parts: [] } }] },
  { type: 'text-start', id: EVIL },
  { type: 'transcript.text.delta', delta: EVIL },
];

describe('an ending says nothing that the provider made up', () => {
  it.each(STREAMS)('$id', (dialect) => {
    for (const cut of [CUT, FAILED]) {
      const reader = open(dialect);
      for (const json of BEGINNINGS) tell(reader, json);
      const events = eventsOf(reader.cut(cut));
      expect(events.length).toBeGreaterThan(0);
      expect(events.filter(({ event }) => event === 'error').length).toBeLessThanOrEqual(1);
      expect(events.some(({ data }) => data.startsWith('{"error":"pwned"}'))).toBe(false);
    }
  });
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const LONG = 'k'.repeat(60_000);
const BOMB = Array.from({ length: 10_000 }, () => [[]]);

/** What each of them was seen to keep before it was bounded. */
const HOARDS: readonly (readonly [id: string, what: string, event: (n: number) => object])[] = [
  ['ai-sdk-ui', 'ids of open parts', (n) => ({ type: 'text-start', id: `${String(n)}${LONG}` })],
  [
    'ai-sdk-ui',
    'ids of calls',
    (n) => ({ type: 'tool-input-start', toolCallId: `${String(n)}${LONG}` }),
  ],
  [
    'gemini',
    'queries',
    (n) => ({
      candidates: [{ groundingMetadata: { webSearchQueries: [`${String(n)}${LONG}`] } }],
    }),
  ],
  ['gemini', 'the name of a version', () => ({ modelVersion: BOMB, responseId: LONG })],
  [
    'gemini',
    'a word on usage',
    () => ({
      candidates: [{ finishReason: 'STOP' }],
      usageMetadata: { promptTokensDetails: BOMB },
    }),
  ],
  [
    'anthropic-messages',
    'a word on usage',
    () => ({ type: 'message_delta', usage: { iterations: BOMB } }),
  ],
  [
    'openai-responses',
    'a head',
    () => ({ type: 'response.created', response: { id: LONG, model: BOMB } }),
  ],
  [
    'openai-chat',
    'calls of tools',
    (n) => ({
      id: LONG,
      choices: [{ index: n, delta: { tool_calls: [{ index: n, id: `${String(n)}${LONG}` }] } }],
    }),
  ],
  [
    'openai-transcription',
    'a word on usage',
    () => ({ type: 'transcript.text.done', usage: BOMB }),
  ],
];

const READERS = 4;
const EVENTS = 300;
const KEPT_BYTES_MAX = 262_144;

describe('a stream that never stops making things up', () => {
  it.each(HOARDS)('of %s with %s keeps at most 256 KB', (id, _, event) => {
    const before = heapBytes();
    const readers = Array.from({ length: READERS }, () => open(dialectOf(id)));
    for (const reader of readers) for (let n = 0; n < EVENTS; n += 1) tell(reader, event(n));
    const kept = (heapBytes() - before) / READERS;
    expect(readers.every((reader) => reader.cut(CUT).length < KEPT_BYTES_MAX)).toBe(true);
    expect(kept).toBeLessThan(KEPT_BYTES_MAX);
  });

  it('control: what is measured is there, where it is kept', () => {
    const before = heapBytes();
    const kept = Array.from(
      { length: 8 },
      (_, n) => JSON.parse(`["${String(n)}${LONG}"]`) as unknown,
    );
    expect(heapBytes() - before).toBeGreaterThan(8 * 50_000);
    expect(kept).toHaveLength(8);
  });
});

/** The same small piece, so often that what is kept of it is full. */
const DRIPS: readonly (readonly [id: string, event: (letter: string) => object])[] = [
  ['openai-chat', (content) => ({ choices: [{ index: 0, delta: { content } }] })],
  ['openai-transcription', (delta) => ({ type: 'transcript.text.delta', delta })],
  [
    'openai-responses',
    (delta) => ({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta }),
  ],
];

describe('a stream that says one letter at a time', () => {
  it.each(DRIPS)('of %s keeps at most 256 KB', (id, event) => {
    const before = heapBytes();
    const readers = Array.from({ length: READERS }, () => open(dialectOf(id)));
    for (const reader of readers) {
      tell(reader, { type: 'response.created', response: { id: 'r' } });
      tell(reader, { type: 'response.output_item.added', output_index: 0, item: { id: 'i' } });
      for (let n = 0; n < 40_000; n += 1) tell(reader, event('abcdefgh'[n % 8] ?? ''));
    }
    const kept = (heapBytes() - before) / READERS;
    expect(readers.every((reader) => reader.visibleBytes() === 40_000)).toBe(true);
    expect(kept).toBeLessThan(KEPT_BYTES_MAX);
  });
});

describe('a deep or wide event breaks nothing', () => {
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  it.each(STREAMS)('$id', (dialect) => {
    const events = [
      `{"type":"content_block_delta","delta":{"citation":${deep(20_000)}}}`,
      `{"type":"response.output_item.done","output_index":0,"item":{"content":${deep(20_000)}}}`,
      `{"candidates":[{"content":{"parts":[{"functionCall":${deep(20_000)}}]}}]}`,
      `{"choices":[{"delta":${deep(20_000)}}],"usage":${deep(20_000)}}`,
      `{"type":"tool-input-available","toolCallId":"a","input":${deep(20_000)}}`,
      `{"__proto__":{"usage":{"prompt_tokens":1}},"constructor":{"prototype":1},"type":"x"}`,
      `[${'1,'.repeat(30_000)}1]`,
      'null',
      '{"type":{},"choices":{},"candidates":7,"usage":[],"error":null}',
    ];
    for (const collectAnswer of [false, true]) {
      const reader = dialect.openStream(ASK, { hideUsage: false, collectAnswer });
      for (const data of events) reader.take({ event: '', data });
      expect(reader.usage()).toBeNull();
      expect(Number.isFinite(reader.visibleBytes())).toBe(true);
    }
    expect(({} as Record<string, unknown>)['usage']).toBeUndefined();
  });
});

const KEY = 'sk-proj-0123456789abcdefABCDEF';
const echoes: readonly (readonly [id: string, bytes: string])[] = [
  ['openai-chat', `data: {"error":{"message":"Incorrect API key provided: ${KEY}"}}\n\n`],
  ['openai-responses', `event: error\ndata: {"type":"error","message":"bad ${KEY}"}\n\n`],
  ['anthropic-messages', `event: error\ndata: {"type":"error","error":{"message":"${KEY}"}}\n\n`],
  ['gemini', `data: {"error":{"code":400,"message":"API key not valid: ${KEY}"}}\r\n\r\n`],
];

// What breaks if this fails: a caller reads the operator's key out of an error, and needs no
// gateway.
describe("the provider's key in an event of its stream", () => {
  it.each(echoes)('of %s does not reach the caller, however it is cut', (id, bytes) => {
    for (const size of [1, 7, bytes.length]) {
      const reader = streamReader(new KeyGuard(KEY).watch(open(dialectOf(id))), 'sse');
      const all = new TextEncoder().encode(bytes);
      let out = '';
      for (let at = 0; at < all.length; at += size) {
        out += new TextDecoder().decode(reader.feed(all.slice(at, at + size)));
      }
      out += new TextDecoder().decode(reader.end());
      expect(out).not.toContain(KEY);
      // The stream is not over: what ends it is the ending of one that broke off.
      expect(reader.finished()).toBe(false);
      expect(new TextDecoder().decode(reader.cut(FAILED) ?? undefined)).toContain('No.');
    }
  });

  it('control: without the guard it is passed on as it came', () => {
    for (const [id, bytes] of echoes) {
      const reader = streamReader(open(dialectOf(id)), 'sse');
      expect(new TextDecoder().decode(reader.feed(new TextEncoder().encode(bytes)))).toBe(bytes);
    }
  });

  it('a stand-in for local work guards nothing: it might be a word', () => {
    expect(new KeyGuard('local').isShownIn(new TextEncoder().encode('local'))).toBe(false);
    expect(new KeyGuard(null).isShownIn(new TextEncoder().encode(KEY))).toBe(false);
  });
});
