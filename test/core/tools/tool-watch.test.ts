// Inputs of tools in streams of every dialect: judged when they can be read, before they have
// passed. What breaks if this fails: a client runs what the schema was written to keep out.

import { describe, expect, test } from 'vitest';
import { PLAIN_ASK } from '../../../core/dialects/dialect.ts';
import { watchTools } from '../../../core/tools/tool-watch.ts';
import { INPUT_CHARS_MAX } from '../../../core/tools/watched-call.ts';
import { present } from '../../../core/result.ts';
import { routeOf, TOOLED, type Tooled } from '../edit/tooled-dialects.ts';

type Events = readonly object[];
type Speaks = (name: string, pieces: readonly string[]) => Events;

const delta = (more: object, finish: string | null = null): object => ({
  id: 'c',
  choices: [{ index: 0, delta: more, finish_reason: finish }],
});

const chat: Speaks = (name, pieces) => [
  delta({ role: 'assistant', tool_calls: [{ index: 0, id: 'a', function: { name } }] }),
  ...pieces.map((text) => delta({ tool_calls: [{ index: 0, function: { arguments: text } }] })),
  delta({}, 'tool_calls'),
];

const responses: Speaks = (name, pieces) => [
  {
    type: 'response.output_item.added',
    output_index: 0,
    item: { id: 'i', type: 'function_call', call_id: 'a', name, arguments: '' },
  },
  ...pieces.map((text) => ({
    type: 'response.function_call_arguments.delta',
    output_index: 0,
    delta: text,
  })),
  {
    type: 'response.function_call_arguments.done',
    output_index: 0,
    arguments: pieces.join(''),
  },
  {
    type: 'response.output_item.done',
    output_index: 0,
    item: { id: 'i', type: 'function_call', call_id: 'a', name, arguments: pieces.join('') },
  },
];

const claude: Speaks = (name, pieces) => [
  { type: 'message_start', message: { id: 'm', usage: { input_tokens: 1, output_tokens: 1 } } },
  {
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'tool_use', id: 'a', name, input: {} },
  },
  ...pieces.map((text) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'input_json_delta', partial_json: text },
  })),
  { type: 'content_block_stop', index: 0 },
];

const google: Speaks = (name, pieces) => {
  const args: unknown = JSON.parse(pieces.join(''));
  return [{ candidates: [{ content: { parts: [{ functionCall: { name, args } }] } }] }];
};

const ui: Speaks = (name, pieces) => [
  { type: 'tool-input-start', toolCallId: 'a', toolName: name },
  ...pieces.map((text) => ({
    type: 'tool-input-delta',
    toolCallId: 'a',
    inputTextDelta: text,
  })),
  {
    type: 'tool-input-available',
    toolCallId: 'a',
    toolName: name,
    input: JSON.parse(pieces.join('')) as unknown,
  },
];

const SPEAKERS: readonly [id: string, speaks: Speaks, cutWord: string][] = [
  ['openai-chat', chat, '"length"'],
  ['openai-responses', responses, 'response.incomplete'],
  ['anthropic-messages', claude, 'max_tokens'],
  ['gemini', google, 'MAX_TOKENS'],
  ['ai-sdk-ui', ui, '"length"'],
];

const tooledBy = (id: string): Tooled =>
  present(
    TOOLED.find(({ dialect }) => dialect.id === id),
    'dialect',
  );

function open(id: string, inputs: 'record' | 'cut', known = ['weather']) {
  const route = routeOf(tooledBy(id), { tools: { callers: 'allow', inputs }, known });
  const ask = { ...PLAIN_ASK, model: 'm', stream: true, body: {} };
  const stream = route.dialect.openStream(ask, { hideUsage: false, collectAnswer: false });
  const reader = watchTools(route, stream);
  const take = (events: Events): string[] =>
    events.map((event) => reader.take({ event: '', data: JSON.stringify(event) }));
  return { reader, take };
}

const GOOD = ['{"ci', 'ty":"Os', 'lo"}'];
const BAD = ['{"city":', '"Oslo","no', 'te":"}{"}'];

describe.each(SPEAKERS)('%s', (id, speaks, cutWord) => {
  test('an input that fits passes, and is counted by its name', () => {
    const { reader, take } = open(id, 'cut');
    expect(new Set(take(speaks('weather', GOOD)))).toEqual(new Set(['pass']));
    const seen = present(reader.calledTools?.(), 'seen');
    expect(seen.inputs).toEqual({ checked: 1, invalid: [] });
    expect([...seen.times]).toEqual([['weather', 1]]);
    expect(seen.refused).toBeNull();
  });

  test('of one that does not fit, what makes it readable is withheld, and all that follows', () => {
    const { reader, take } = open(id, 'cut');
    const verdicts = take(speaks('weather', BAD));
    const first = verdicts.indexOf('withhold');
    expect(first).toBeGreaterThan(-1);
    expect(new Set(verdicts.slice(first))).toEqual(new Set(['withhold']));
    // What had passed by then is no JSON.
    const passed = JSON.stringify(speaks('weather', BAD).slice(0, first));
    expect(passed).not.toContain('}{');
    expect(take([{ type: 'anything' }])).toEqual(['withhold']);
    expect(reader.calledTools?.()).toMatchObject({
      inputs: { checked: 1, invalid: ['weather'] },
      refused: 'cut-inputs',
    });
    const ending = reader.cut({ as: 'length', sentence: '', inputTokens: 1, outputTokens: 1 });
    expect(ending).toContain(cutWord);
  });

  test('with record it passes, and is told', () => {
    const { reader, take } = open(id, 'record');
    expect(new Set(take(speaks('weather', BAD)))).toEqual(new Set(['pass']));
    expect(reader.calledTools?.()?.inputs).toEqual({ checked: 1, invalid: ['weather'] });
  });

  test('a tool that the policy does not describe is not looked at', () => {
    const { reader, take } = open(id, 'cut');
    expect(new Set(take(speaks('others', BAD)))).toEqual(new Set(['pass']));
    expect(reader.calledTools?.()?.inputs.checked).toBe(0);
  });
});

test('no event is counted unread: the quick lane would not see the pieces of an input', () => {
  for (const [id] of SPEAKERS) expect(open(id, 'cut').reader.plain).toBeUndefined();
});

test.each([
  ['as long as may be', INPUT_CHARS_MAX, 'pass'],
  ['longer', INPUT_CHARS_MAX + 1, 'withhold'],
])('an input that is %s', (_what, chars, verdict) => {
  const { take } = open('openai-chat', 'cut');
  const blanks = ' '.repeat(chars - GOOD.join('').length);
  expect(take(chat('weather', [blanks, ...GOOD])).at(-2)).toBe(verdict);
});

test('one that breaks off does not fit', () => {
  const { take } = open('openai-chat', 'cut');
  expect(take(chat('weather', ['{"city":"Os'])).at(-1)).toBe('withhold');
});

test('two calls in one place are two, by their ids, and the first is judged as well', () => {
  const { reader, take } = open('openai-chat', 'record');
  const call = (id: string, text: string) =>
    delta({ tool_calls: [{ index: 0, id, function: { name: 'weather', arguments: text } }] });
  take([call('a', '{"city":7'), call('b', '{"city":"Oslo"}'), delta({}, 'tool_calls')]);
  expect(reader.calledTools?.()?.inputs).toEqual({ checked: 2, invalid: ['weather'] });
});

test.each([
  ['of one tool', ['weather', '{"city":"Oslo"}'], ['weather', '{"city":7}']],
  ['behind one that nobody describes', ['others', '{"city":7}'], ['weather', '{"city":7}']],
])('two whole calls in one place are two without ids as well: %s', (_what, ...calls) => {
  const { reader, take } = open('openai-chat', 'cut');
  const verdicts = take(
    calls.map(([name, text]) =>
      delta({ tool_calls: [{ index: 0, function: { name, arguments: text } }] }),
    ),
  );
  expect(verdicts).toEqual(['pass', 'withhold']);
  expect(reader.calledTools?.()?.inputs.invalid).toEqual(['weather']);
});

test('a name that is repeated with every piece begins no other call', () => {
  const { reader, take } = open('openai-chat', 'cut');
  const piece = (text: string) =>
    delta({ tool_calls: [{ index: 0, function: { name: 'weather', arguments: text } }] });
  take([...['', ...GOOD, ''].map(piece), delta({}, 'tool_calls')]);
  expect([...present(reader.calledTools?.(), 'seen').times]).toEqual([['weather', 1]]);
  expect(reader.calledTools?.()?.inputs).toEqual({ checked: 1, invalid: [] });
});

test('a name twice does not fit, whichever of the two would: clients take either', () => {
  for (const text of ['{"city":7,"city":"Oslo"}', '{"city":"Oslo","\\u0063ity":"Oslo"}']) {
    expect(
      open('openai-chat', 'cut')
        .take(chat('weather', [text]))
        .at(-2),
    ).toBe('withhold');
  }
});

test('a call that only the end of a Responses stream tells of is judged, and others once', () => {
  const item = (input: string) => ({ type: 'function_call', name: 'weather', arguments: input });
  const end = (...output: object[]) => [{ type: 'response.completed', response: { output } }];
  const late = open('openai-responses', 'cut');
  expect(late.take(end({ type: 'message' }, item(BAD.join(''))))).toEqual(['withhold']);
  const twice = open('openai-responses', 'record');
  twice.take([...responses('weather', GOOD), ...end(item(GOOD.join('')))]);
  expect([...present(twice.reader.calledTools?.(), 'seen').times]).toEqual([['weather', 1]]);
  expect(twice.reader.calledTools?.()?.inputs).toEqual({ checked: 1, invalid: [] });
});
