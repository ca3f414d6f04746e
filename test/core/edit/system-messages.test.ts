// System texts of callers in every dialect: refused, fenced, or behind the route's own. Looked at
// in what goes up. What breaks if this fails: whoever calls the app tells its model what it is.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FENCE } from '../../../core/dialects/anatomy.ts';
import { openaiChat } from '../../../core/dialects/openai-chat.ts';
import { openaiResponses } from '../../../core/dialects/openai-responses.ts';
import { present } from '../../../core/result.ts';
import { edit, named, SECRET, sentOf, TOOLED, type Tooled } from './tooled-dialects.ts';

const OURS = 'You sell bicycles.';

/** What somebody writes who has only read about one format. */
const naive = (json: Record<string, unknown>): Record<string, unknown> => ({
  ...json,
  ...(Array.isArray(json['messages'])
    ? {
        messages: (json['messages'] as { role?: string }[]).map((message) =>
          message.role === 'system' ? { ...message, role: 'user' } : message,
        ),
      }
    : {}),
});

describe.each(named)('%s', (_id, tooled) => {
  const request = tooled.request([]);

  test('its texts above the user’s are sent as they are where that is allowed', () => {
    const sent = present(sentOf(tooled, request), 'sent');
    expect(tooled.above(sent)).toHaveLength(tooled.systemTexts);
    expect(edit(tooled, request, { system: { callers: 'allow' } })).toMatchObject({
      value: { changes: [] },
    });
  });

  test('refuse names the field, and lets a request without any pass', () => {
    const refused = edit(tooled, request, { system: { callers: 'refuse' } });
    expect(refused).toMatchObject({ ok: false, error: { kind: 'shape-refused', field: 'system' } });
    const fenced = edit(tooled, request, { system: { callers: 'fence' } });
    const plain = fenced.ok ? { ...fenced.value.json } : {};
    expect(edit(tooled, plain, { system: { callers: 'refuse' } }).ok).toBe(true);
  });

  test('fence sends every one as what a user said, in order, and says how many', () => {
    const fenced = edit(tooled, request, { system: { callers: 'fence' } });
    expect(fenced).toMatchObject({
      value: { changes: [{ field: 'system', from: tooled.systemTexts, to: 0 }] },
    });
    const sent = present(sentOf(tooled, fenced.ok && fenced.value.json), 'sent');
    expect(tooled.above(sent)).toEqual([]);
    const said = JSON.stringify(sent);
    expect(said.split(SECRET).length - 1).toBeGreaterThanOrEqual(tooled.systemTexts);
    expect(said.split(FENCE).length).toBe(said.split(SECRET).length);
    expect(said.indexOf(FENCE)).toBeLessThan(said.indexOf('Hello'));
  });

  test.each(['allow', 'fence'] as const)('the route’s own text is first with "%s"', (callers) => {
    const whole = edit(tooled, request, { system: { callers, text: OURS } });
    const sent = present(sentOf(tooled, whole.ok && whole.value.json), 'sent');
    const said = JSON.stringify(callers === 'fence' ? tooled.above(sent) : sent);
    expect(said).toContain(OURS);
    if (callers === 'fence') expect(said).not.toContain(SECRET);
    const above = JSON.stringify(tooled.above(sent));
    expect(above.indexOf(OURS)).toBeGreaterThan(-1);
    const theirs = above.indexOf(SECRET);
    expect(theirs === -1 || above.indexOf(OURS) < theirs).toBe(true);
  });
});

test('a filter that looks for the role "system" alone leaves one in most dialects', () => {
  const leaky = TOOLED.filter((tooled) => {
    const sent = sentOf(tooled, naive(tooled.request([])));
    return sent !== null && tooled.above(sent).length > 0;
  });
  expect(leaky.map(({ dialect }) => dialect.id)).toEqual([
    'openai-chat',
    'openai-responses',
    'gemini',
    'ai-sdk-ui',
  ]);
});

test.each<[string, Tooled['dialect'], Record<string, unknown>, string]>([
  ['a prompt that the provider keeps', openaiResponses, { prompt: { id: 'pmpt_1' } }, 'prompt'],
])('%s is refused where system texts are', (_what, dialect, more, field) => {
  const json = { model: 'gpt-4o-mini', input: 'Hello', ...more };
  for (const callers of ['refuse', 'fence'] as const) {
    expect(edit({ dialect }, json, { system: { callers } })).toMatchObject({ error: { field } });
  }
  expect(edit({ dialect }, json, { system: { callers: 'allow' } }).ok).toBe(true);
});

test.each(['System', 'SYSTEM', ' system', 'system\u0000', 'ѕystem', 'developer '])(
  'the role %j is no role, and is refused by the dialect',
  (role) => {
    const json = { model: 'm', messages: [{ role, content: SECRET }] };
    const fenced = edit({ dialect: openaiChat }, json, { system: { callers: 'fence' } });
    const [chat] = TOOLED;
    expect(sentOf(present(chat, 'chat'), fenced.ok && fenced.value.json)).toBeNull();
  },
);

const role = fc.constantFrom('system', 'developer', 'user', 'assistant', 'model', 'System', 7);
const text = fc.oneof(fc.string(), fc.constant(SECRET), fc.constant(null), fc.integer());
const part = fc.record(
  { type: fc.constantFrom('text', 'input_text', 'output_text'), text },
  { requiredKeys: [] },
);
const content = fc.oneof(
  { weight: 4, arbitrary: fc.string() },
  text,
  fc.array(part, { maxLength: 3 }),
);
const plainMessage = fc.oneof(
  fc.record({ role, content }),
  fc.record({ role, parts: fc.array(fc.record({ text: fc.string() }), { maxLength: 3 }) }),
);
const message = fc.record(
  { role, content, parts: fc.array(part, { maxLength: 3 }), type: fc.constant('message') },
  { requiredKeys: [] },
);
const messages = fc.oneof(
  { weight: 4, arbitrary: fc.array(plainMessage, { maxLength: 3 }) },
  fc.array(fc.oneof(message, text), { maxLength: 5 }),
  text,
);
const hostile = fc.record(
  {
    model: fc.constant('gpt-4o-mini'),
    max_tokens: fc.constant(100),
    messages,
    input: messages,
    contents: messages,
    instructions: content,
    system: content,
    systemInstruction: fc.oneof(message, text),
    system_instruction: fc.oneof(message, text),
  },
  { requiredKeys: [] },
);

test.each(named)(
  '%s: whatever a request holds, fence throws nothing and leaves none',
  (_id, one) => {
    let passed = 0;
    fc.assert(
      fc.property(hostile, (request) => {
        const json = Object.fromEntries(
          Object.entries(request).filter(([field]) => one.fields.includes(field)),
        );
        const fenced = edit(one, json, { system: { callers: 'fence' } });
        const sent = fenced.ok ? sentOf(one, fenced.value.json) : null;
        if (sent === null) return;
        passed += 1;
        expect(one.above(sent)).toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect(passed).toBeGreaterThan(0);
  },
);
