// Calls in events that are too large to be read. What breaks if this fails: whoever makes an input
// long enough has it run unseen.

import { expect, test } from 'vitest';
import { utf8 } from '../../../core/bytes.ts';
import { PLAIN_ASK } from '../../../core/dialects/dialect.ts';
import { present } from '../../../core/result.ts';
import { streamReader } from '../../../core/stream/stream-reader.ts';
import { watchTools } from '../../../core/tools/tool-watch.ts';
import { routeOf, TOOLED } from '../edit/tooled-dialects.ts';

function open(id: string, inputs: 'record' | 'cut') {
  const tooled = present(
    TOOLED.find(({ dialect }) => dialect.id === id),
    'dialect',
  );
  const route = routeOf(tooled, { tools: { callers: 'allow', inputs }, known: ['weather'] });
  const ask = { ...PLAIN_ASK, model: 'm', stream: true, body: {} };
  const events = route.dialect.openStream(ask, { hideUsage: false, collectAnswer: false });
  return { reader: watchTools(route, events) };
}

test.each(['', 'a', 'response.completed'])(
  'a call in an event too large to be read does not pass, whatever it says (%s)',
  (words) => {
    const args = { city: 'Oslo', words, more: 'x'.repeat(70_000) };
    const parts = [{ functionCall: { name: 'weather', args } }];
    const bytes = utf8(`data: ${JSON.stringify({ candidates: [{ content: { parts } }] })}\n\n`);
    for (const [inputs, passes] of [
      ['cut', false],
      ['record', true],
    ] as const) {
      for (const pieceBytes of [4_096, 100_000]) {
        const { reader } = open('gemini', inputs);
        const stream = streamReader(reader, 'sse');
        let passed = 0;
        const isRead = (): boolean => reader.calledTools?.()?.refused === null;
        for (let at = 0; at < bytes.length && isRead(); at += pieceBytes) {
          passed += stream.feed(bytes.subarray(at, at + pieceBytes)).length;
        }
        expect(passed).toBe(passes ? bytes.length : 0);
        expect(reader.calledTools?.()?.refused).toBe(passes ? null : 'cut-inputs');
        expect(reader.calledTools?.()?.inputs.invalid).toEqual(['']);
      }
    }
  },
);

test('a call in an event too large to be read does not fit', () => {
  const { reader } = open('openai-chat', 'cut');
  reader.takeLarge('', '{"choices":[{"delta":{"content":"\\"tool_calls\\"', '"}}]}', 70_000);
  expect(reader.calledTools?.()?.refused).toBeNull();
  reader.takeLarge('', '{"choices":[{"delta":{"tool_calls":[{', '}]}}]}', 70_000);
  expect(reader.calledTools?.()?.refused).toBe('cut-inputs');
});
