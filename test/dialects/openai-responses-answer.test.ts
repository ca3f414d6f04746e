// What a Responses answer comes to when the next request repeats it: the same text whether it was
// streamed, came in one piece, or is sent back by the client. What breaks if this fails: an honest
// client's next turn is taken for an invention, or an invention for an answer.

import { describe, expect, it } from 'vitest';
import { chained } from '../support/chained.ts';
import { PLAIN_ASK, type Ask, type EventReader } from '../../core/dialects/dialect.ts';
import { openaiResponses } from '../../core/dialects/openai-responses.ts';
import { ANSWER_CHARS_MAX } from '../../core/dialects/openai-chat-answer.ts';
import {
  FINISHED_RESPONSE,
  RESPONSES_EVENTS,
  type ResponsesEvent,
} from '../support/responses-stream.ts';

const ASK: Ask = { ...PLAIN_ASK, model: 'gpt-5', stream: true, body: {} };
const collected = (events: readonly ResponsesEvent[]): EventReader => {
  const reader = openaiResponses.openStream(ASK, { hideUsage: false, collectAnswer: true });
  for (const event of events) reader.take({ event: event.type, data: JSON.stringify(event) });
  return reader;
};

const user = { role: 'user', content: 'hi' };
const said = (text: string): object => ({ role: 'assistant', content: text });
const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
const output = { type: 'function_call_output', call_id: 'c', output: 'rain' };
const last = (...input: readonly object[]): string | null =>
  chained(openaiResponses).lastAnswer({ input });
const whole = (...items: readonly object[]): string | undefined =>
  chained(openaiResponses).readAnswer({ output: items })?.whole;

describe('an answer', () => {
  it('is the same streamed, in one piece and repeated', () => {
    const { output: items } = FINISHED_RESPONSE;
    const repeated = last(user, ...items, output, user);
    expect(repeated).not.toBeNull();
    expect(whole(...items)).toBe(repeated);
    expect(collected(RESPONSES_EVENTS).answer()?.whole).toBe(repeated);
  });

  it('is the same without what clients leave out, and however they write it', () => {
    const [reasoning = {}, message = {}] = FINISHED_RESPONSE.output;
    expect(last(user, message)).toBe(last(user, reasoning, message));
    const typed = {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'a' }],
    };
    expect(last(user, typed, call)).toBe(
      last(user, said('a'), { ...call, id: 'fc', status: 'completed' }),
    );
    expect(whole({ type: 'web_search_call', id: 'w' }, typed)).toBe(last(said('a'), user));
  });

  it('is another when anything in it is another', () => {
    const texts = [
      last(said('a')),
      last(said('b')),
      last(said('a'), call),
      last(call),
      last({ ...call, arguments: '{"a":1}' }),
      last({ ...call, call_id: 'd' }),
      last({ ...call, name: 'g' }),
      last(call, { ...call, call_id: 'd' }),
      last({ role: 'assistant', content: [{ type: 'refusal', refusal: 'a' }] }),
    ];
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('that a request repeats is what was said last, and nothing before it', () => {
    expect(last(said('x'), user, said('a'))).toBe(last(said('a')));
    expect(last(user, call, output, said('a'), user)).toBe(last(said('a')));
    expect(last(user, said('a'), call, output, output)).toBe(last(said('a'), call));
    expect(last(user)).toBeNull();
    for (const nonsense of [null, 7, {}, { input: 'assistant' }, { input: [null, 7] }]) {
      expect(chained(openaiResponses).lastAnswer(nonsense)).toBeNull();
    }
  });

  it('that is none is null', () => {
    for (const nothing of [null, {}, { output: [] }, { output: [{}] }, { error: {} }]) {
      expect(chained(openaiResponses).readAnswer(nothing)).toBeNull();
    }
    expect(collected(RESPONSES_EVENTS.slice(0, 2)).answer()).toBeNull();
  });

  it('that is cut short begins as the whole one does, piece by piece', () => {
    const first = RESPONSES_EVENTS.findIndex(({ type }) => type === 'response.output_text.delta');
    const { head = '', pieces = [] } =
      collected(RESPONSES_EVENTS.slice(0, first + 2)).answer() ?? {};
    expect(pieces).toHaveLength(2);
    const [begun = ''] = pieces;
    expect(`${head}${begun}`).toBe(last(said(begun)));
  });

  // What breaks if this fails: a provider that never stops fills the memory of an isolate.
  it('is collected up to a limit and then forgotten', () => {
    const half = { type: 'response.output_text.delta', delta: 'x'.repeat(ANSWER_CHARS_MAX / 2) };
    expect(collected([half, half]).answer()).not.toBeNull();
    expect(collected([half, half, { ...half, delta: 'x' }]).answer()).toBeNull();
    const unread = collected([half]);
    unread.takeLarge('response.output_text.delta', '', '', 70_000);
    expect(unread.answer()).toBeNull();
  });
});
