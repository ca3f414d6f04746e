// What an answer comes to when the next request repeats it: the same text whether it was streamed,
// came in one piece, or is put together by the official package. What breaks if this fails: an
// honest client's next turn is taken for an invention, or an invention for an answer.

import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import { describe, expect, it } from 'vitest';
import { chained } from '../support/chained.ts';
import type { CollectedAnswer } from '../../core/dialects/dialect.ts';
import { openaiChat } from '../../core/dialects/openai-chat.ts';
import { ANSWER_CHARS_MAX, answerCollector } from '../../core/dialects/openai-chat-answer.ts';
import { askForRecordings, isStream, recordedBody, recordings } from '../support/recordings.ts';
import { through } from '../support/seen-events.ts';

const request = (message: object): unknown => ({
  messages: [
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: 'an earlier one' },
    message,
    { role: 'user', content: 'and then?' },
  ],
});
const asRepeated = (message: object): string | null =>
  chained(openaiChat).lastAnswer(request({ role: 'assistant', ...message }));
const asGiven = (message: object): CollectedAnswer | null =>
  chained(openaiChat).readAnswer({
    choices: [{ index: 0, message: { role: 'assistant', ...message } }],
  });

type Chunk = Record<string, unknown>;
const delta = (part: object, index = 0): Chunk => ({ choices: [{ index, delta: part }] });

function asStreamed(chunks: readonly Chunk[]): CollectedAnswer | null {
  const collector = answerCollector();
  for (const chunk of chunks) collector.take(chunk);
  return collector.answer();
}

const call = (name: string, args: string, id = `call_${name}`) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});

const SAME: readonly (readonly [string, object, readonly Chunk[]])[] = [
  [
    'text',
    { content: 'Good morning.' },
    [delta({ content: 'Good ' }), delta({ content: 'morning.' })],
  ],
  [
    'text in parts',
    {
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
    [delta({ content: 'ab' })],
  ],
  [
    'text with line ends and quotes',
    { content: '"a"\n\\n' },
    [delta({ content: '"a"' }), delta({ content: '\n\\n' })],
  ],
  [
    'a refusal',
    { content: null, refusal: 'No.' },
    [delta({ content: null, refusal: 'N' }), delta({ refusal: 'o.' })],
  ],
  [
    'a refusal as a part',
    { content: [{ type: 'refusal', refusal: 'No.' }] },
    [delta({ refusal: 'No.' })],
  ],
  [
    'tool calls',
    { content: null, tool_calls: [call('find', '{"q":1}'), call('tell', '{}')] },
    [
      delta({ tool_calls: [{ index: 0, ...call('find', '') }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: '{"q"' } }] }),
      delta({ tool_calls: [{ index: 1, ...call('tell', '{}') }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
    ],
  ],
  [
    'text and a call of a custom tool',
    {
      content: 'See:',
      tool_calls: [{ id: 'c', type: 'custom', custom: { name: 'sh', input: 'ls' } }],
    },
    [
      delta({ content: 'See:' }),
      delta({ tool_calls: [{ index: 0, id: 'c', custom: { name: 'sh', input: 'l' } }] }),
      delta({ tool_calls: [{ index: 0, custom: { input: 's' } }] }),
    ],
  ],
  [
    'the older function call',
    { content: null, function_call: { name: 'find', arguments: '{}' } },
    [
      delta({ function_call: { name: 'find', arguments: '{' } }),
      delta({ function_call: { arguments: '}' } }),
    ],
  ],
];

describe('an answer', () => {
  it.each(SAME)('of %s is the same streamed, in one piece and repeated', (_, message, chunks) => {
    const repeated = asRepeated(message);
    expect(repeated).not.toBeNull();
    expect(asGiven(message)?.whole).toBe(repeated);
    expect(asStreamed(chunks)?.whole).toBe(repeated);
  });

  it('is another when anything in it is another', () => {
    const messages = [
      // A refusal is the same as a part.
      ...SAME.filter(([name]) => name !== 'a refusal as a part').map(([, message]) => message),
      { content: 'Good morning' },
      { content: 'No.' },
      { content: null, tool_calls: [call('find', '{"q":2}'), call('tell', '{}')] },
      { content: null, tool_calls: [call('find', '{"q":1}', 'other'), call('tell', '{}')] },
      { content: null, tool_calls: [call('tell', '{}'), call('find', '{"q":1}')] },
      { content: '["",[]]\n' },
      { content: '' },
    ];
    const texts = messages.map(asRepeated);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('without content is one with an empty text, and carries nothing that clients leave out', () => {
    const empty = asRepeated({ content: '' });
    expect(asRepeated({ content: null })).toBe(empty);
    expect(asRepeated({})).toBe(empty);
    expect(asRepeated({ content: '', refusal: null, annotations: [], tool_calls: [] })).toBe(empty);
    const thought = { content: 'a', reasoning_content: 'hm', annotations: [{}], audio: null };
    expect(asGiven(thought)?.whole).toBe(asRepeated({ content: 'a' }));
  });

  it('that a request repeats is its last one, and none where there is none', () => {
    const first = { role: 'assistant', content: 'first' };
    const last = { role: 'assistant', content: 'last' };
    const tool = { role: 'tool', tool_call_id: 'c', content: 'rain' };
    const alone = chained(openaiChat).lastAnswer({ messages: [last] });
    expect(chained(openaiChat).lastAnswer({ messages: [first, last, tool, tool] })).toBe(alone);
    expect(
      chained(openaiChat).lastAnswer({ messages: [{ role: 'user', content: 'assistant' }] }),
    ).toBeNull();
    for (const nonsense of [null, 7, {}, { messages: 'assistant' }, { messages: [null, 7] }]) {
      expect(chained(openaiChat).lastAnswer(nonsense)).toBeNull();
    }
  });

  it('is the first choice, whatever others say', () => {
    const chunks = [
      delta({ content: 'b' }, 1),
      delta({ content: 'a' }),
      delta({ content: 'c' }, 2),
    ];
    expect(asStreamed(chunks)?.whole).toBe(asRepeated({ content: 'a' }));
    const choices = [{ message: { content: 'a' } }, { message: { content: 'b' } }];
    expect(chained(openaiChat).readAnswer({ choices })?.whole).toBe(asRepeated({ content: 'a' }));
  });

  it('that is none is null', () => {
    for (const nothing of [null, {}, { choices: [] }, { choices: [{}] }, { error: {} }]) {
      expect(chained(openaiChat).readAnswer(nothing)).toBeNull();
    }
    expect(asStreamed([])).toBeNull();
    expect(asStreamed([delta({ role: 'assistant', content: '' }), { choices: 7 }])).toBeNull();
  });

  // What breaks if this fails: a provider that never stops fills the memory of an isolate.
  it('is collected up to a limit and then forgotten', () => {
    const half = 'x'.repeat(ANSWER_CHARS_MAX / 2);
    expect(asStreamed([delta({ content: half }), delta({ content: half })])).not.toBeNull();
    const over = [delta({ content: half }), delta({ content: half }), delta({ content: 'x' })];
    expect(asStreamed(over)).toBeNull();
    expect(asStreamed([...over, delta({ content: 'y' })])).toBeNull();
    expect(asGiven({ content: `${half}${half}x` })).toBeNull();
    for (const index of [128, -1, 0.5, 2 ** 40]) {
      expect(asStreamed([delta({ tool_calls: [{ index, ...call('a', '') }] })])).toBeNull();
    }
  });

  it('that is cut short begins as the whole one does, piece by piece', () => {
    const collected = asStreamed([delta({ content: 'Good ' }), delta({ content: 'morning.' })]);
    const { head = '', pieces = [] } = collected ?? {};
    expect(`${head}${pieces.slice(0, 1).join('')}`).toBe(asRepeated({ content: 'Good ' }));
    expect(`${head}${pieces.join('')}`).toBe(asRepeated({ content: 'Good morning.' }));
  });
});

askForRecordings('answers as the official package puts them together');

const streams = recordings('openai-chat').filter(
  (one) => isStream(one) && one.status === 200 && one.expected.error === null,
);

/** The chunks of a stream as the package reads them. */
function chunksOf(bytes: Uint8Array): Chunk[] {
  return through('sse', [bytes]).events.flatMap(({ data }) =>
    data.startsWith('{') ? [JSON.parse(data) as Chunk] : [],
  );
}

/** What the package would send back, or null where it cannot read the stream. */
async function repeatedByThePackage(chunks: readonly Chunk[]): Promise<object | null> {
  const lines = chunks.map((chunk) => new TextEncoder().encode(`${JSON.stringify(chunk)}\n`));
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const line of lines) controller.enqueue(line);
      controller.close();
    },
  });
  try {
    const answer = await ChatCompletionStream.fromReadableStream(source).finalChatCompletion();
    return answer.choices[0]?.message ?? null;
  } catch {
    return null;
  }
}

describe.skipIf(streams.length === 0)('recorded streams', () => {
  it('come to what the official package repeats', async () => {
    let compared = 0;
    for (const recording of streams) {
      const chunks = chunksOf(recordedBody(recording));
      const message = await repeatedByThePackage(chunks);
      const collected = asStreamed(chunks);
      if (message === null || collected === null) continue;
      expect(asRepeated(message), recording.file).toBe(collected.whole);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(streams.length / 2);
  });
});
