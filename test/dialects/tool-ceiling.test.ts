// Streams that call more tools than they may: what passes ends validly before the call beyond the
// ceiling, however its bytes are cut. What breaks if this fails: a caller runs a call that nobody
// allowed, or its SDK throws away those that were.

import { describe, expect, it } from 'vitest';
import { utf8 } from '../../core/bytes.ts';
import type { Framing } from '../../core/dialects/dialect.ts';
import { PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { dialectById } from '../../core/dialects/index.ts';
import { present } from '../../core/result.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { ToolCeiling } from '../../worker/relay/tool-ceiling.ts';
import {
  call,
  CALLING_STREAMS,
  type CallingStream,
  chunk,
  created,
  item,
  sse,
} from '../support/calling-streams.ts';

/** As the relay does it: what passes, then the end. */
function relayed(
  { id, framing, callsMax, text }: CallingStream,
  pieceBytes: number,
  collectAnswer = false,
) {
  const ceiling = new ToolCeiling(callsMax, () => ({ inputTokens: 3, outputTokens: 4 }));
  const dialect = present(dialectById(id), 'dialect');
  const ask = { ...PLAIN_ASK, model: 'm', body: {}, stream: true, tools: 1 };
  const events = dialect.openStream(ask, { hideUsage: false, collectAnswer });
  const reader = streamReader(ceiling.watch(events), framing);
  const bytes = utf8(text);
  let passed = '';
  for (let at = 0; at < bytes.length && !ceiling.isPassed; at += pieceBytes) {
    passed += new TextDecoder().decode(reader.feed(bytes.subarray(at, at + pieceBytes)));
  }
  const cut = reader.cut({ as: 'length', sentence: '', inputTokens: 3, outputTokens: 4 });
  return { ceiling, reader, passed: passed + new TextDecoder().decode(present(cut, 'an end')) };
}

describe('the answer ends before the call beyond the ceiling', () => {
  it.each(CALLING_STREAMS)('%s', (_, one) => {
    for (const pieceBytes of [1, 7, 64, 100_000]) {
      const { ceiling, reader, passed } = relayed(one, pieceBytes);
      expect(ceiling.isPassed).toBe(true);
      expect(reader.toolCalls()).toBe(one.counted);
      for (const words of one.has) expect(passed).toContain(words);
      expect(passed).not.toContain(one.hasNot);
      expect(passed).not.toContain('late');
      if (one.framing === 'json-array') expect(Array.isArray(JSON.parse(passed))).toBe(true);
    }
  });

  it.each(CALLING_STREAMS)('%s: not without a ceiling', (_, { counted: _counted, ...one }) => {
    const { ceiling, passed } = relayed({ ...one, callsMax: 99, counted: 0 }, 64);
    expect(ceiling.isPassed).toBe(false);
    expect(passed).toContain(one.hasNot);
  });
});

it('what may be gone on from has the calls that passed and no other', () => {
  const [, one] = present(CALLING_STREAMS[0], 'a stream');
  const given = (callsMax: number): string => {
    const { reader } = relayed({ ...one, callsMax }, 64, true);
    return reader.answer()?.whole ?? '';
  };
  expect(given(2)).toContain('f1');
  expect(given(2)).not.toContain('f2');
  expect(given(99)).toContain('f2');
});

it('a large last event that repeats the calls before it is none', () => {
  const long = {
    type: 'message',
    id: 'm',
    content: [{ type: 'output_text', text: 'x'.repeat(70_000) }],
  };
  const done = { ...item(0), arguments: '{}' };
  const output = [done, long];
  const completed = {
    type: 'response.completed',
    response: { id: 'r', status: 'completed', output },
  };
  const text = sse(created, ...call(0), completed);
  const { ceiling, passed } = relayed(
    { id: 'openai-responses', framing: 'sse', callsMax: 1, text, has: [], hasNot: '', counted: 1 },
    100_000,
  );
  expect(ceiling.isPassed).toBe(false);
  expect(passed).toContain('response.completed');
});

describe('a call in an event too large to be kept', () => {
  // No word of the model's makes it pass for something else.
  const args = { a: 'x'.repeat(70_000), type: 'response.completed', b: ['response.completed'] };
  const huge = { functionCall: { name: 'f0', args } };
  const callOf = (a: string) => ({ functionCall: { name: 'f0', args: { a } } });
  const large = { candidates: [{ content: { parts: [huge] } }] };

  it.each<Framing>(['sse', 'json-array'])('does not pass where none is left: %s', (framing) => {
    const events = [chunk('f1'), large, chunk('f2')];
    const text = framing === 'sse' ? sse(...events) : JSON.stringify(events);
    for (const pieceBytes of [4_096, 100_000]) {
      const one = { id: 'gemini', framing, callsMax: 1, text, has: [], hasNot: '', counted: 1 };
      const { ceiling, reader, passed } = relayed(one, pieceBytes);
      expect(ceiling.isPassed).toBe(true);
      expect(reader.toolCalls()).toBe(1);
      expect(passed).toContain('"f1"');
      expect(passed).not.toContain('"f0"');
      expect(passed).toContain('MAX_TOKENS');
      if (framing === 'json-array') expect(Array.isArray(JSON.parse(passed))).toBe(true);
    }
  });

  it.each([
    ['alone', [huge]],
    ['the first of twenty', Array.from({ length: 20 }, () => callOf('<'.repeat(5_000)))],
    ['small, behind a large text', [{ text: 'x'.repeat(40_000) }, callOf('<'.repeat(40_000))]],
  ])('does not pass where some are left: how many it has cannot be seen (%s)', (_what, parts) => {
    const text = sse(chunk('f1'), { candidates: [{ content: { parts } }] }, chunk('f2'));
    for (const pieceBytes of [4_096, 200_000]) {
      const { ceiling, reader, passed } = relayed(
        { id: 'gemini', framing: 'sse', callsMax: 3, text, has: [], hasNot: '', counted: 1 },
        pieceBytes,
      );
      expect(ceiling.isPassed).toBe(true);
      expect(reader.toolCalls()).toBe(1);
      expect(passed).toContain('"f1"');
      for (const name of ['"f0"', '"f2"']) expect(passed).not.toContain(name);
      expect(passed).toContain('MAX_TOKENS');
    }
  });

  it('is counted, and no other passes behind it, where it stood behind all that was seen', () => {
    const parts = [{ text: 'x'.repeat(80_000) }, callOf('y')];
    const text = sse({ candidates: [{ content: { parts } }] }, chunk('f1'));
    const { ceiling, reader, passed } = relayed(
      { id: 'gemini', framing: 'sse', callsMax: 1, text, has: [], hasNot: '', counted: 1 },
      1_024,
    );
    expect(ceiling.isPassed).toBe(true);
    expect(reader.toolCalls()).toBe(1);
    expect(passed).not.toContain('"f1"');
  });
});
