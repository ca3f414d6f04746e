// Bodies that must not pass: what is not JSON, what two parsers could read differently, what is out
// of range, and what could cost money nobody priced. Each ends in a problem document that says
// which, never in a 5xx, reaches no provider and moves no counter.

import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHAT, chatBody, LOCAL_IP, MODEL, postChat } from '../support/chat.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { expectUntouched } from '../support/untouched.ts';

let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack();
  ({ key, principal } = await stack.makeKey());
});

afterAll(() => stack.close());

const untouched = (): Promise<void> => expectUntouched(stack, [principal, LOCAL_IP]);

/** A body as bytes, sent with the usual headers and others. */
async function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): ReturnType<typeof heard> {
  const response = await fetch(`${stack.gatewayUrl}${CHAT}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headers },
    body,
  });
  return heard(response);
}

const bytes = (...values: readonly (number | string)[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    Buffer.concat(
      values.map((value) =>
        typeof value === 'string' ? Buffer.from(value) : Uint8Array.of(value),
      ),
    ),
  );

/** The usual body with one more member, written as text so that JSON need not be able to say it. */
const withMember = (member: string): string => chatBody().replace(/}$/, `,${member}}`);
const withContent = (content: unknown): string =>
  chatBody({ messages: [{ role: 'user', content }] });

const NOT_JSON: readonly (readonly [string, string | Uint8Array<ArrayBuffer>, string])[] = [
  ['a word', 'hello', 'body_not_json'],
  ['nothing', '', 'body_empty'],
  ['a blank', ' ', 'body_not_json'],
  ['half of an object', chatBody().slice(0, -1), 'body_not_json'],
  ['two objects', `${chatBody()}${chatBody()}`, 'body_not_json'],
  ['a trailing comma', withMember('"n":1,'), 'body_not_json'],
  ['a comment', `/* hi */${chatBody()}`, 'body_not_json'],
  ['NaN', withMember('"temperature":NaN'), 'body_not_json'],
  ['a NUL behind it', `${chatBody()}\0`, 'body_not_json'],
  ['a form', 'model=gpt-4o-mini&n=1', 'body_not_json'],
  ['a key twice', withMember('"model":"gpt-4o"'), 'body_not_json'],
  ['a key twice, once escaped', withMember('"mod\\u0065l":"gpt-4o"'), 'body_not_json'],
  ['a key twice, deep down', withMember('"metadata":{"a":"1","a":"2"}'), 'body_not_json'],
  ['__proto__', withMember('"__proto__":{"n":9}'), 'body_not_json'],
  ['__proto__, escaped', withMember('"\\u005f_proto__":{}'), 'body_not_json'],
  ['__proto__, deep down', withMember('"metadata":{"__proto__":"x"}'), 'body_not_json'],
  ['1e400', withMember('"temperature":1e400'), 'body_not_json'],
  ['2^53 + 1', withMember('"seed":9007199254740993'), 'body_not_json'],
  ['2^53 + 1 in disguise', withMember('"seed":9007199254740993.0'), 'body_not_json'],
  ['100,000 open brackets', '['.repeat(100_000), 'body_not_json'],
  ['100,000 nested lists', '['.repeat(100_000) + ']'.repeat(100_000), 'body_not_json'],
  ['100,000 nested objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000), 'body_not_json'],
  [
    '60,000 keys',
    `{${Array.from({ length: 60_000 }, (_, i) => `"${String(i)}":1`).join()}}`,
    'body_not_json',
  ],
  ['a byte that is not UTF-8', bytes('{"model":"', 0xff, '"}'), 'body_not_utf8'],
  ['a UTF-8 sequence cut off', bytes('{"model":"', 0xe2, 0x82, '"}'), 'body_not_utf8'],
  ['an overlong slash', bytes('{"model":"', 0xc0, 0xaf, '"}'), 'body_not_utf8'],
  ['an encoded surrogate', bytes('{"model":"', 0xed, 0xa0, 0x80, '"}'), 'body_not_utf8'],
  ['a byte order mark', bytes(0xef, 0xbb, 0xbf, chatBody()), 'body_not_utf8'],
  ['UTF-16', new Uint8Array(Buffer.from(`\ufeff${chatBody()}`, 'utf16le')), 'body_not_utf8'],
];

test.each(NOT_JSON)('refuses %s: it has no one reading', async (_name, body, code) => {
  expectProblem(await post(body), 400, code);
  await untouched();
});

const ENCODED: readonly (readonly [string, Uint8Array<ArrayBuffer>])[] = [
  ['gzip', new Uint8Array(gzipSync(chatBody()))],
  ['br', new Uint8Array(brotliCompressSync(chatBody()))],
  // A bomb of 100 MB in 100 KB must not be unpacked to be refused.
  ['gzip', new Uint8Array(gzipSync(Buffer.alloc(100_000_000, 0x20)))],
  ['zstd', bytes(chatBody())],
  ['gzip, identity', bytes(chatBody())],
];

test.each(ENCODED)('refuses a body with Content-Encoding %s unread', async (encoding, body) => {
  expectProblem(await post(body, { 'Content-Encoding': encoding }), 415, 'body_encoded');
  await untouched();
});

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json, text/plain',
  'application/jsonp',
  'application/problem+json',
])('refuses content type %s: a page of another site can send it unasked', async (type) => {
  expectProblem(await post(chatBody(), { 'Content-Type': type }), 415, 'body_type_unsupported');
  await untouched();
});

const OUT_OF_RANGE: readonly (readonly [string, string])[] = [
  ['n', '"n":0'],
  ['n', '"n":-1'],
  ['n', '"n":1.5'],
  ['n', '"n":5'],
  ['n', '"n":129'],
  ['n', '"n":"2"'],
  ['temperature', '"temperature":3'],
  ['temperature', '"temperature":"1"'],
  ['top_p', '"top_p":1.1'],
  ['max_tokens', '"max_tokens":-1'],
  ['max_tokens', '"max_tokens":0'],
  ['max_tokens', '"max_tokens":1e9'],
  ['max_tokens', '"max_tokens":"100"'],
  ['max_completion_tokens', '"max_completion_tokens":0.5'],
  ['stream', '"stream":"yes"'],
  ['stream', '"stream":1'],
  ['stream_options', '"stream_options":[]'],
  ['stop', '"stop":5'],
  ['tools', '"tools":{}'],
  ['tools[0].type', '"tools":[{"type":"web_search_preview"}]'],
  ['tools[0].type', '"tools":[{"type":"mcp","server_url":"https://a.example"}]'],
  ['response_format.type', '"response_format":{"type":"audio"}'],
  ['service_tier', '"service_tier":"turbo"'],
  ['logit_bias.5', '"logit_bias":{"5":101}'],
];

test.each(OUT_OF_RANGE)('refuses %s of %s, naming the field', async (field, member) => {
  const problem = expectProblem(await post(withMember(member)), 422, 'shape_refused');
  expect(problem.detail).toContain(`${field}: `);
  await untouched();
});

const WRONG_TYPES: readonly (readonly [string, string])[] = [
  ['a list', '[]'],
  ['a text', '"hello"'],
  ['a number', '5'],
  ['null', 'null'],
  ['no model', JSON.stringify({ messages: [{ role: 'user', content: 'hi' }] })],
  ['a model that is a number', chatBody({ model: 5 })],
  ['a model in a list', chatBody({ model: [MODEL] })],
  ['no messages', JSON.stringify({ model: MODEL })],
  ['messages that are text', chatBody({ messages: 'hello' })],
  ['an empty conversation', chatBody({ messages: [] })],
  ['a message that is text', chatBody({ messages: ['hello'] })],
  ['an unknown role', chatBody({ messages: [{ role: 'root', content: 'hi' }] })],
  ['a content that is a number', withContent(5)],
  ['a content that is null', withContent(null)],
  ['an image part', withContent([{ type: 'image_url', image_url: { url: 'https://a.example' } }])],
  [
    'an image in the body',
    withContent([{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }]),
  ],
  ['audio', withContent([{ type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }])],
  ['a file', withContent([{ type: 'file', file: { file_id: 'file-1' } }])],
  ['more prompt than offered', withContent('x'.repeat(400_001))],
];

test.each(WRONG_TYPES)('refuses %s: bytes could not bound its price', async (_name, body) => {
  expectProblem(await post(body), 422, 'shape_refused');
  await untouched();
});

const UNKNOWN_FIELDS: readonly (readonly [string, string])[] = [
  ['best_of', '"best_of":20'],
  ['reasoning', '"reasoning":{"effort":"high"}'],
  ['plugins', '"plugins":[{"id":"web"}]'],
  ['models', '"models":["gpt-5"]'],
  ['background', '"background":true'],
  ['previous_response_id', '"previous_response_id":"resp_1"'],
  ['constructor', '"constructor":{}'],
  ['toString', '"toString":1'],
  ['N', '"N":4'],
  ['stream_options.include_cost', '"stream_options":{"include_cost":true}'],
  [
    'tools[0].function.run',
    '"tools":[{"type":"function","function":{"name":"a","run":"on the server"}}]',
  ],
];

test.each([
  ['serverTools', '"web_search_options":{}'],
  ['audioOutput', '"audio":{"voice":"alloy","format":"mp3"}'],
  ['audioOutput', '"modalities":["audio"]'],
])('refuses %s, which bytes do not bound: %s', async (need, member) => {
  const problem = expectProblem(await post(withMember(member)), 422, 'shape_refused');
  expect(problem.detail).toContain(`${need}: `);
  await untouched();
});

test.each(UNKNOWN_FIELDS)(
  'refuses the unknown field %s by name: it could cost what nobody priced',
  async (field, member) => {
    const problem = expectProblem(await post(withMember(member)), 422, 'field_unknown');
    expect(problem.detail).toContain(`"${field}"`);
    await untouched();
  },
);

test.each([
  'gpt-9',
  'gpt-4o-mini-2',
  'GPT-4O-MINI',
  'gpt-4o-mini ',
  '../gpt-4o-mini',
  '__proto__',
  'toString',
])('refuses the model %j: a name that is not offered has no price', async (model) => {
  const problem = expectProblem(await post(chatBody({ model })), 403, 'model_not_offered');
  expect(problem.error.code).toBe('model_not_found');
  await untouched();
});

test('an honest call is noticed by the check that all of these pass', async () => {
  expect((await postChat(stack, key)).status).toBe(200);
  await expect(untouched()).rejects.toThrow('billedNanoUsd');
});
