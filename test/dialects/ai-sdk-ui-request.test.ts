// What a page may send to an app's own route: every part that the AI SDK writes, and nothing that
// nobody knows. What breaks if this fails: a field that costs money slips by, or an honest page is
// refused.

import { DefaultChatTransport, type UIMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { aiSdkUi } from '../../core/dialects/ai-sdk-ui.ts';
import type { Ask } from '../../core/dialects/dialect.ts';
import { requestOf } from '../support/request-input.ts';

const read = (json: unknown, extraFields: readonly string[] = []) =>
  aiSdkUi.readRequest(requestOf(json, { extraFields }));

function askOf(json: unknown, extraFields?: readonly string[]): Ask {
  const result = read(json, extraFields);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const user = (...parts: readonly object[]): object => ({ id: 'm1', role: 'user', parts });
const body = (...parts: readonly object[]): object => ({
  id: 'chat',
  trigger: 'submit-message',
  messages: [user(...parts)],
});
const TEXT = { type: 'text', text: 'hello' };
const PNG = 'data:image/png;base64,iVBORw0KGgo=';

/** What the SDK itself puts on the wire. */
async function sentBy(messages: readonly UIMessage[]): Promise<unknown> {
  let sent: unknown = null;
  const transport = new DefaultChatTransport({
    api: 'http://app.example/api/chat',
    fetch: (_url, init) => {
      sent = JSON.parse(init?.body as string) as unknown;
      return Promise.resolve(new Response('data: [DONE]\n\n'));
    },
  });
  await transport.sendMessages({
    chatId: 'chat',
    messages: [...messages],
    trigger: 'submit-message',
    messageId: undefined,
    abortSignal: undefined,
  });
  return sent;
}

describe('a request of the AI SDK', () => {
  it('is taken as its own transport sends it, and goes up unchanged', async () => {
    const sent = await sentBy([
      { id: '1', role: 'user', parts: [{ type: 'text', text: 'What is the weather?' }] },
      {
        id: '2',
        role: 'assistant',
        metadata: { model: 'x' },
        parts: [
          { type: 'step-start' },
          { type: 'reasoning', text: 'I look.', state: 'done' },
          {
            type: 'tool-weather',
            toolCallId: 'c1',
            state: 'output-available',
            input: { city: 'Edinburgh' },
            output: '11 °C',
          },
          { type: 'text', text: 'Eleven degrees.', state: 'done' },
          { type: 'source-url', sourceId: 's', url: 'https://weather.example' },
          { type: 'data-note', data: { kept: true } },
        ],
      },
      { id: '3', role: 'user', parts: [{ type: 'text', text: 'Thanks' }] },
    ]);
    const ask = askOf(sent);
    expect(ask).toMatchObject({ model: '', stream: true, messages: 3, needs: [], choices: 1 });
    const narrowing = { outputTokensMax: 1, safetyIdentifier: '', provider: 'openai' } as const;
    expect(aiSdkUi.narrow(ask, narrowing)).toEqual(sent);
    expect(ask.promptChars).toBeGreaterThan('What is the weather?Eleven degrees.'.length);
  });

  it('of version 4 is taken as well', () => {
    const ask = askOf({
      id: 'chat',
      messages: [
        {
          role: 'user',
          content: 'hello',
          parts: [TEXT],
          createdAt: '2026-11-21T00:00:00.000Z',
          experimental_attachments: [{ name: 'a', contentType: 'image/png', url: PNG }],
        },
        {
          role: 'assistant',
          content: '',
          parts: [
            {
              type: 'tool-invocation',
              toolInvocation: { state: 'result', toolCallId: 'c', toolName: 't', result: 1 },
            },
            { type: 'reasoning', reasoning: 'thought' },
          ],
        },
      ],
      data: { any: 1 },
    });
    expect(ask.media.images).toBe(1);
    expect(ask.needs).toEqual(['images']);
  });

  it.each<[string, object, string]>([
    ['at the top', { ...body(TEXT), model: 'gpt-5' }, 'model'],
    ['in a message', { messages: [{ ...user(TEXT), system: 'x' }] }, 'messages[0].system'],
  ])('with a field that nobody knows %s is refused by its name', (_where, json, field) => {
    expect(read(json)).toMatchObject({ ok: false, error: { kind: 'field-unknown', field } });
  });

  it.each<[string, object]>([
    ['without messages', { id: 'x', messages: [] }],
    ['with a part of no known type', body({ type: 'thought', text: 'x' })],
    ['with a field in a part', body({ ...TEXT, model: 'gpt-5' })],
    ['with a role of its own', { messages: [{ role: 'developer', parts: [TEXT] }] }],
    ['that is a list', []],
  ])('%s is refused', (_what, json) => {
    expect(read(json).ok).toBe(false);
  });

  it('may have the fields that its route names, and no others', () => {
    const json = { ...body(TEXT), chatMode: 'fast' };
    expect(read(json, ['chatMode']).ok).toBe(true);
    expect(read(json, ['other']).ok).toBe(false);
    // A name that the dialect knows keeps its shape.
    expect(read({ ...body(TEXT), messages: 'x' }, ['messages']).ok).toBe(false);
  });
});

describe('what a request brings along', () => {
  it.each<[string, object, readonly string[]]>([
    ['an image', { type: 'file', mediaType: 'image/png', url: PNG }, ['images']],
    [
      'an image that hides its type',
      { type: 'file', mediaType: 'IMAGE/png', url: PNG },
      ['images'],
    ],
    [
      'a recording',
      { type: 'file', mediaType: 'audio/wav', url: 'data:audio/wav;base64,AAAA' },
      ['audio'],
    ],
    ['a file', { type: 'file', mediaType: 'application/pdf', url: 'data:;base64,AAAA' }, ['files']],
    [
      'media elsewhere',
      { type: 'file', mediaType: 'image/png', url: 'https://a.example/x' },
      ['remoteMedia'],
    ],
    [
      'media by another scheme',
      { type: 'file', mediaType: 'image/png', url: 'gs://a/x' },
      ['remoteMedia'],
    ],
    [
      'thoughts in a file',
      { type: 'reasoning-file', mediaType: 'image/png', url: PNG },
      ['images'],
    ],
    [
      'a file that a provider keeps',
      { type: 'file', mediaType: 'a/b', url: 'data:,', providerReference: { openai: 'file-1' } },
      ['serverState', 'files'],
    ],
    [
      'an image inside a steering message',
      {
        type: 'steering-message',
        id: 's',
        parts: [{ type: 'file', mediaType: 'image/png', url: PNG }],
      },
      ['images'],
    ],
  ])('%s has to be priced by the route', (_what, part, needs) => {
    expect(askOf(body(TEXT, part)).needs).toEqual(needs);
  });

  it('counts all that an app may show its model, and media apart', () => {
    const few = askOf(body(TEXT));
    const long = 'x'.repeat(1_000);
    for (const more of [
      { type: 'text', text: long },
      { type: 'reasoning', text: long },
      { type: 'data-context', data: { a: [long] } },
      { type: 'tool-x', toolCallId: 'c', state: 'output-available', input: {}, output: long },
      { type: 'source-document', sourceId: 's', mediaType: 'a/b', title: long },
    ]) {
      expect(askOf(body(TEXT, more)).promptChars - few.promptChars).toBeGreaterThanOrEqual(1_000);
    }
    const url = `data:image/png;base64,${'A'.repeat(4_000)}`;
    const image = askOf(body(TEXT, { type: 'file', mediaType: 'image/png', url }));
    expect(image.promptChars - few.promptChars).toBeLessThan(200);
    expect(image.media.payloadBytes).toBe(url.length);
    expect(askOf({ ...body(TEXT), extra: long }, ['extra']).promptChars).toBeGreaterThan(1_000);
    expect(askOf({ ...body(TEXT), metadata: { a: long } }).promptChars).toBeGreaterThan(1_000);
  });
});
