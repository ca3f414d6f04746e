// The contract of a dialect's stream reader, over every recorded transcript: however the bytes are
// cut, usage is what an independent reader took from them, and not a byte is changed, save that the
// usage chunk only we asked for is missing. What breaks if this fails: calls are settled wrongly.

import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import { openaiChat } from '../../core/dialects/openai-chat.ts';
import type { Usage } from '../../core/pricing/usage.ts';
import {
  askForRecordings,
  inPiecesOf,
  isStream,
  joined,
  recordedBody,
  type RecordedUsage,
  recordings,
} from '../support/recordings.ts';

askForRecordings('the openai-chat reader on recorded streams');

const all = recordings('openai-chat');
const streams = all.filter(isStream);
const answers = all.filter((recording) => !isStream(recording));

/** What the manifest expects in our words; a part is clamped to its whole. */
const expectedUsage = (usage: RecordedUsage | null): Usage | null =>
  usage === null
    ? null
    : {
        inputTokens: usage.input,
        outputTokens: usage.output,
        cachedInputTokens: Math.min(usage.cached, usage.input),
        cacheWriteTokens: Math.min(usage.cache_write, usage.input),
        reasoningTokens: Math.min(usage.reasoning, usage.output),
      };

type Reading = {
  readonly usage: Usage | null;
  readonly finished: boolean;
  readonly visibleBytes: number;
  readonly events: number;
  readonly out: Uint8Array;
};

function readThrough(pieces: readonly Uint8Array[], hideUsage: boolean): Reading {
  const reader = openaiChat.streamReader({ hideUsage, collectAnswer: false });
  const out = pieces.map((piece) => reader.feed(piece));
  out.push(reader.end());
  return {
    usage: reader.usage(),
    finished: reader.finished(),
    visibleBytes: reader.visibleBytes(),
    events: reader.events(),
    out: joined(out),
  };
}

/** The blocks of a stream with LF line ends, each with its blank line. */
const blocks = (bytes: Uint8Array): string[] => new TextDecoder().decode(bytes).split(/(?<=\n\n)/);

function dataOf(block: string): Record<string, unknown> | null {
  let found: Record<string, unknown> | null = null;
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data.startsWith('{')) found = JSON.parse(data) as Record<string, unknown>;
    },
  });
  parser.feed(block);
  return found;
}

/** A chunk that carries usage and nothing else, read independently. */
function isUsageChunk(block: string): boolean {
  const chunk = dataOf(block);
  if (chunk === null || chunk['usage'] === undefined || chunk['usage'] === null) return false;
  const { choices, error } = chunk;
  return error === undefined && Array.isArray(choices) && choices.length === 0;
}

function cutsOf(bytes: Uint8Array): Uint8Array[][] {
  const cuts = [1, 2, 3, 97].map((size) => inPiecesOf(bytes, size));
  let at = 0;
  for (const block of blocks(bytes)) {
    at += new TextEncoder().encode(block).length;
    if (at < bytes.length) cuts.push([bytes.slice(0, at), bytes.slice(at)]);
  }
  return cuts;
}

describe.skipIf(streams.length === 0)('a recorded stream', () => {
  it.each(streams)('$file says its usage, whole', (recording) => {
    const { usage, finished } = readThrough([recordedBody(recording)], false);
    expect(usage).toEqual(expectedUsage(recording.expected.usage));
    expect(finished).toBe(recording.expected.done === true && recording.expected.error === null);
  });

  it.each(streams)('$file passes byte for byte and reads the same however it is cut', (one) => {
    const body = recordedBody(one);
    const whole = readThrough([body], false);
    expect(whole.out).toEqual(body);
    for (const pieces of cutsOf(body)) expect(readThrough(pieces, false)).toEqual(whole);
  });

  it.each(streams)('$file is without its usage chunk, and only that, where we asked', (one) => {
    const body = recordedBody(one);
    const kept = blocks(body).filter((block) => !isUsageChunk(block));
    const whole = readThrough([body], true);
    expect(new TextDecoder().decode(whole.out)).toBe(kept.join(''));
    expect(whole.usage).toEqual(expectedUsage(one.expected.usage));
    for (const pieces of cutsOf(body)) expect(readThrough(pieces, true)).toEqual(whole);
  });

  it.each(streams)('$file shows at most a token per two visible bytes and 160', (recording) => {
    const usage = recording.expected.usage;
    if (usage === null) return;
    const { visibleBytes } = readThrough([recordedBody(recording)], false);
    const hidden = recording.tags.some((tag) => tag.includes('reasoning')) ? usage.reasoning : 0;
    expect(usage.output - hidden).toBeLessThanOrEqual(visibleBytes / 2 + 160);
  });

  it('is one of many, and some of them carry a usage chunk of their own', () => {
    const withChunk = streams.filter((one) => blocks(recordedBody(one)).some(isUsageChunk));
    expect(streams.length).toBeGreaterThanOrEqual(20);
    expect(withChunk.length).toBeGreaterThanOrEqual(8);
  });
});

describe.skipIf(answers.length === 0)('a recorded answer in one piece', () => {
  it.each(answers)('$file says its usage', (recording) => {
    const body = JSON.parse(new TextDecoder().decode(recordedBody(recording))) as unknown;
    expect(openaiChat.readUsage(body)).toEqual(expectedUsage(recording.expected.usage));
  });
});

const chunk = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const choice = { index: 0, delta: { content: 'hi' } };
const USAGE = { prompt_tokens: 3, completion_tokens: 2 };

const through = (text: string, hideUsage = false): Reading =>
  readThrough([new TextEncoder().encode(text)], hideUsage);

describe('a written stream', () => {
  it('keeps a usage chunk that carries a choice, an error, or no list of choices', () => {
    const odd = [
      chunk({ choices: [choice], usage: USAGE }),
      chunk({ choices: [], usage: USAGE, error: { message: 'x' } }),
      chunk({ usage: USAGE }),
      chunk({ choices: [], usage: null }),
      chunk({ choices: [], prompt_filter_results: [] }),
    ];
    const { out, usage } = through(odd.join(''), true);
    expect(new TextDecoder().decode(out)).toBe(odd.join(''));
    expect(usage).toMatchObject({ inputTokens: 3, outputTokens: 2 });
  });

  it('takes the last word on usage, also where the last word is nonsense', () => {
    const second = chunk({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 8 } });
    expect(through(chunk({ usage: USAGE }) + second).usage).toMatchObject({ inputTokens: 9 });
    const nonsense = chunk({ choices: [], usage: { prompt_tokens: -1, completion_tokens: 8 } });
    expect(through(chunk({ usage: USAGE }) + nonsense).usage).toBeNull();
    expect(through(chunk({ usage: USAGE }) + chunk({ usage: null })).usage).not.toBeNull();
  });

  it('is finished by [DONE] without an error, and by nothing else', () => {
    const done = 'data: [DONE]\n\n';
    expect(through(chunk({ choices: [choice] }) + done).finished).toBe(true);
    expect(through(chunk({ choices: [choice] })).finished).toBe(false);
    expect(through(chunk({ error: { message: 'x' } }) + done).finished).toBe(false);
    expect(through('data: "[DONE]"\n\n').finished).toBe(false);
    expect(through('data: [DONE]').finished).toBe(true);
  });

  it('counts what shows as UTF-8 bytes, tool calls included, and no framing', () => {
    const delta = {
      content: '°',
      refusal: 'no',
      reasoning_content: 'abc',
      tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }],
      function_call: { arguments: 'xyz' },
    };
    const { visibleBytes, events } = through(
      chunk({ id: 'c', choices: [{ delta }] }) + chunk({ choices: [{ delta: {} }] }) + ': hush\n\n',
    );
    const tools =
      JSON.stringify(delta.tool_calls[0]).length + JSON.stringify(delta.function_call).length;
    expect(visibleBytes).toBe(2 + 2 + 3 + tools);
    expect(events).toBe(1);
  });

  it('is passed on untouched where it is no stream of chunks at all', () => {
    const odd = '<html>502</html>\n\ndata: {broken\n\ndata: 7\n\ndata: {"choices":"no"}\n\n\0\n\n';
    for (const hideUsage of [true, false]) {
      const { out, usage, finished, visibleBytes } = through(odd, hideUsage);
      expect(new TextDecoder().decode(out)).toBe(odd);
      expect({ usage, finished, visibleBytes }).toEqual({
        usage: null,
        finished: false,
        visibleBytes: 0,
      });
    }
  });

  it('withholds a usage chunk that is last and has no blank line', () => {
    const last = chunk({ choices: [], usage: USAGE }).trimEnd();
    const { out, usage } = through(chunk({ choices: [choice] }) + last, true);
    expect(new TextDecoder().decode(out)).toBe(chunk({ choices: [choice] }));
    expect(usage).toMatchObject({ inputTokens: 3 });
  });
});
