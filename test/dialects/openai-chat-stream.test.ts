// What a stream of Chat Completions says, event by event: how much of it shows, which calls it
// begins, and what it says of usage in the ways of all who speak it. How bytes become events is not
// the matter here. What breaks if this fails: calls are settled wrongly, or cut too late.

import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import { type Ask, type EventReader, PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { openaiChat } from '../../core/dialects/openai-chat.ts';
import {
  askForRecordings,
  isStream,
  recordedBody,
  type Recording,
  recordings,
} from '../support/recordings.ts';

askForRecordings('the openai-chat reader on recorded streams');

const ASK: Ask = { ...PLAIN_ASK, model: 'gpt-4o-mini', body: {} };
const streams = recordings('openai-chat').filter(isStream);

type Event = { readonly event: string; readonly data: string };

function eventsOf(text: string): Event[] {
  const events: Event[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => events.push({ event: event ?? '', data }),
  });
  parser.feed(text);
  return events;
}

const open = (hideUsage = false, ask = ASK): EventReader =>
  openaiChat.openStream(ask, { hideUsage, collectAnswer: false });

const json = (value: unknown): Event => ({ event: '', data: JSON.stringify(value) });
const DONE: Event = { event: '', data: '[DONE]' };
const choice = (delta: object, index = 0) => ({ choices: [{ index, delta, finish_reason: null }] });
const USAGE = { prompt_tokens: 3, completion_tokens: 2 };

function after(events: readonly Event[], ask = ASK): EventReader {
  const reader = open(false, ask);
  for (const event of events) reader.take(event);
  return reader;
}

const tool = (parts: object, index = 0) => choice({ tool_calls: [{ index: 0, ...parts }] }, index);
const named = (name: string, args = '') => ({ function: { name, arguments: args } });

const recorded = (name: string): Recording | undefined =>
  streams.find(({ file }) => file.includes(name));
const readRecorded = (name: string): EventReader =>
  after(eventsOf(new TextDecoder().decode(recordedBody(recorded(name) as Recording))));

describe('what shows', () => {
  it('is text, refusals, visible thoughts, transcripts and arguments, as UTF-8', () => {
    const reader = after([
      json(choice({ role: 'assistant', content: '' })),
      json(choice({ content: '°' })),
      json(choice({ refusal: '€', reasoning_content: '😀', reasoning: 'ab' })),
      json(choice({ audio: { id: 'a', transcript: 'abc', data: 'A'.repeat(2_048) } })),
      json(choice({ obfuscation: 'xyz' })),
      json({ ...choice({}), obfuscation: 'xyz', system_fingerprint: 'f' }),
    ]);
    expect(reader.visibleBytes()).toBe(2 + 3 + 4 + 2 + 3 + 2);
    expect(reader.events()).toBe(3);
  });

  it('of a call is its name, its arguments, and once what frames it', () => {
    const frame = 32;
    const reader = after([json(tool({ id: 'c1', ...named('find') }))]);
    expect(reader.visibleBytes()).toBe(4 + frame);
    reader.take(json(tool({ function: { arguments: '{"q":1}' } })));
    expect(reader.visibleBytes()).toBe(4 + frame + 7);
    reader.take(json(tool({ id: 'c2', custom: { name: 'sh', input: 'ls' } })));
    expect(reader.visibleBytes()).toBe(4 + frame + 7 + 2 + 2 + frame);
  });

  it('of an event too large to be kept is all of it, or what it comes to as audio', () => {
    const reader = open();
    reader.takeLarge('', '{"choices":[{"delta":{"content":"', 'xyz"}}]}', 100_000);
    expect(reader.visibleBytes()).toBe(100_000);
    reader.takeLarge('', '{"choices":[{"delta":{"audio": {"data":"', 'xyz"}}}]}', 1_024_000);
    expect(reader.visibleBytes()).toBe(101_000);
    expect(reader.events()).toBe(2);
  });

  it.skipIf(streams.length === 0)('comes to a token per two bytes and 160 at most', () => {
    for (const { file, tags, expected } of streams) {
      if (expected.usage === null) continue;
      const isHidden = tags.some((tag) => tag.includes('reasoning'));
      const tokens = expected.usage.output - (isHidden ? expected.usage.reasoning : 0);
      expect(tokens, file).toBeLessThanOrEqual(readRecorded(file).visibleBytes() / 2 + 160);
    }
  });
});

const longId = (id: string) => tool({ id: id.repeat(65), ...named('f', '{}') });

describe('calls of tools', () => {
  it.each([
    ['one in parts', [tool({ id: 'c', ...named('f') }), tool(named('', '{}'))], 1],
    ['one with its id in every part', [tool({ id: 'c', ...named('f') }), tool({ id: 'c' })], 1],
    ['one with its name in every part', [tool({ id: 'c', ...named('f') }), tool(named('f'))], 1],
    ['two with an index each', [tool({ id: 'c' }), tool({ index: 1, id: 'd' })], 2],
    // Servers that send each call whole, all with the same index.
    ['two with one index', [tool({ id: 'c', ...named('f') }), tool({ id: 'd', ...named('f') })], 2],
    // And some of them write no ids.
    ['two of one name, whole, without ids', [tool(named('f', '{}')), tool(named('f', '{}'))], 2],
    ['two of two names without ids', [tool(named('f')), tool(named('g'))], 2],
    ['two whole with ids too long to keep', ['c', 'd'].map(longId), 2],
    [
      'one with its name in every part, without an id',
      [
        tool(named('f', '')),
        tool(named('f', '{"a":')),
        tool(named('f', '{}')),
        tool(named('f', '}')),
      ],
      1,
    ],
    ['two choices with one each', [tool({ id: 'c' }), tool({ id: 'd' }, 1)], 2],
    [
      'the older one',
      [choice({ function_call: { name: 'f' } }), choice({ function_call: { arguments: '{}' } })],
      1,
    ],
    ['a custom one', [tool({ id: 'c', custom: { name: 'sh', input: '' } })], 1],
    ['arguments of none', [tool({ function: { arguments: '{}' } })], 0],
    ['a list that is none', [choice({ tool_calls: null }), choice({ tool_calls: {} })], 0],
  ])('are counted once: %s', (_, chunks, calls) => {
    expect(after((chunks as object[]).map(json)).toolCalls()).toBe(calls);
  });

  it('in one piece are those of every choice, the older one among them', () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    const message = { tool_calls: [call, call], function_call: { name: 'g', arguments: '{}' } };
    expect(openaiChat.toolCallsIn({ choices: [{ message }, { message }] })).toBe(6);
    for (const none of [null, {}, { choices: [{ message: { tool_calls: null } }] }]) {
      expect(openaiChat.toolCallsIn(none)).toBe(0);
    }
  });

  it.skipIf(streams.length === 0)('are as many as were recorded', () => {
    expect(readRecorded('parallel-tools').toolCalls()).toBe(2);
    expect(readRecorded('tools-then-text-1').toolCalls()).toBe(1);
    expect(readRecorded('n3-choices').toolCalls()).toBe(0);
  });
});

describe('usage', () => {
  // rivals.md §3, 21: BerriAI/litellm#36168, diegosouzapw/OmniRoute#9750.
  it('is read from a chunk that has choices, and that chunk is the caller’s', () => {
    const last = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: USAGE };
    const reader = open(true);
    expect(reader.take(json(last))).toBe('pass');
    expect(reader.usage()).toMatchObject({ inputTokens: 3, outputTokens: 2 });
  });

  it('is withheld only where it stands alone and only we asked', () => {
    const alone = json({ choices: [], usage: USAGE });
    expect(open(true).take(alone)).toBe('withhold');
    expect(open(false).take(alone)).toBe('pass');
    for (const other of [
      { choices: [], usage: USAGE, error: { message: 'x' } },
      { usage: USAGE },
      { choices: [], usage: null },
      { choices: [], prompt_filter_results: [] },
    ]) {
      expect(open(true).take(json(other))).toBe('pass');
    }
  });

  it('is its last word, also where the last word is nonsense', () => {
    const second = { choices: [], usage: { prompt_tokens: 9, completion_tokens: 8 } };
    const nonsense = { choices: [], usage: { prompt_tokens: -1, completion_tokens: 8 } };
    expect(after([json({ usage: USAGE }), json(second)]).usage()).toMatchObject({ inputTokens: 9 });
    expect(after([json({ usage: USAGE }), json(nonsense)]).usage()).toBeNull();
    expect(after([json({ usage: USAGE }), json({ usage: null })]).usage()).not.toBeNull();
  });

  it('that comes with every chunk is no last word while a choice is open', () => {
    const reader = after([json({ ...choice({ content: 'a' }), usage: USAGE })]);
    expect(reader.usage()).toBeNull();
    expect(reader.usageSoFar?.()).toMatchObject({ outputTokens: 2 });
    reader.take(DONE);
    expect(reader.usage()).toMatchObject({ outputTokens: 2 });
  });

  it('of Groq is read from its own object, of a large event from its end', () => {
    const groq = json({ choices: [], x_groq: { id: 'r', usage: USAGE } });
    expect(after([groq]).usage()).toMatchObject({ inputTokens: 3 });
    const reader = open();
    const said = JSON.stringify('"usage":{"prompt_tokens":1,"completion_tokens":1}');
    const tail = `${said}}],"usage":{"prompt_tokens":7,"completion_tokens":5}}`;
    reader.takeLarge('', '{"choices":[{"finish_reason":"stop","delta":{"content":"', tail, 70_000);
    expect(reader.usage()).toMatchObject({ inputTokens: 7, outputTokens: 5 });
  });

  it('carries the tier that any chunk names', () => {
    const chunks = [json({ service_tier: 'priority', choices: [] }), json({ usage: USAGE })];
    expect(after(chunks).usage()).toMatchObject({ tier: 'priority' });
  });
});

describe('the end', () => {
  it('is [DONE] without an error before it, and nothing else', () => {
    const text = json(choice({ content: 'a' }));
    const error = { error: { message: 'x' } };
    expect(after([text, DONE]).finished()).toBe(true);
    expect(after([text]).finished()).toBe(false);
    expect(after([json(error), DONE]).finished()).toBe(false);
    expect(after([{ event: 'error', data: '{"message":"x"}' }, DONE]).finished()).toBe(false);
    expect(after([{ event: '', data: '"[DONE]"' }]).finished()).toBe(false);
  });

  it.skipIf(streams.length === 0)(
    'of each recorded stream is as an independent reader saw it',
    () => {
      for (const { file, expected } of streams) {
        const isWhole = expected.done === true && expected.error === null;
        expect(readRecorded(file).finished(), file).toBe(isWhole);
      }
    },
  );
});

describe('an event that is plain', () => {
  // What breaks if this fails: events that are counted without being read were more than text.
  it.skipIf(streams.length === 0)('changes nothing but how much shows', () => {
    let plain = 0;
    for (const one of streams) {
      const reader = open();
      const state = (): unknown => [reader.usageSoFar?.(), reader.toolCalls(), reader.finished()];
      for (const event of eventsOf(new TextDecoder().decode(recordedBody(one)))) {
        const weight = reader.plain?.weigh(event) ?? null;
        const before = [reader.visibleBytes(), state()] as const;
        reader.take(event);
        if (weight === null) continue;
        plain += 1;
        expect(reader.visibleBytes() - before[0], event.data).toBe(weight);
        expect(state()).toEqual(before[1]);
      }
    }
    expect(plain).toBeGreaterThan(500);
  });
});
