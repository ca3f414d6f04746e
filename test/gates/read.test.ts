// What the body may be before it is priced. Attack 12 of the protocol page: a body that two parsers
// read differently, or that grows on the way, is priced as one thing and run as another.

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makeApiKey } from '../../core/api-key.ts';
import { toHex } from '../../core/bytes.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { BODY, makeDeps, pass, random, routeOf, type Sent, wordOf } from './gate-bench.ts';

const deps = makeDeps();
const { key } = makeApiKey(random(44), deps.apiKeySecret);

/** A caller with an API key, on the route that asks no proof of one. */
const send = (sent: Sent): ReturnType<typeof pass> =>
  pass(
    {
      routeId: 'chat-completions',
      ...sent,
      headers: { Authorization: `Bearer ${key}`, ...sent.headers },
    },
    deps,
  );

const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))));

describe('a body', () => {
  it('passes as it came, hashed as it came', async () => {
    for (const body of [BODY, `${BODY}${' '.repeat(2_000)}`]) {
      const { call, gate } = await send({ body });
      expect(gate).toBe('passed');
      expect(toHex(call.body?.digest ?? new Uint8Array(0))).toBe(toHex(sha256(bytes(body))));
    }
  });

  it.each([
    ['empty', '', 'body-empty'],
    ['a byte order mark and JSON', bytes([0xef, 0xbb, 0xbf], BODY), 'body-not-utf8'],
    ['not UTF-8', bytes(BODY.slice(0, -1), [0xff], '}'), 'body-not-utf8'],
    ['UTF-16', new Uint8Array(Buffer.from(BODY, 'utf16le')), 'body-not-json'],
    ['a key twice', BODY.replace('{', '{"model":"gpt-4o",'), 'body-not-json'],
    ['a key twice, once escaped', BODY.replace('{', '{"mod\\u0065l":"gpt-4o",'), 'body-not-json'],
    ['__proto__', BODY.replace('{', '{"__proto__":{"n":9},'), 'body-not-json'],
    ['1e400', BODY.replace('16', '1e400'), 'body-not-json'],
    ['2^53 + 1', BODY.replace('16', '9007199254740993'), 'body-not-json'],
    ['a NUL', `${BODY}\0`, 'body-not-json'],
    ['cut off', BODY.slice(0, -1), 'body-not-json'],
    ['a form', 'model=gpt-4o', 'body-not-json'],
    ['nested too deep', '['.repeat(100_000) + ']'.repeat(100_000), 'body-not-json'],
    ['a ceiling in a string', BODY.replace('16', '"16"'), 'shape-refused'],
    ['an array', `[${BODY}]`, 'shape-refused'],
    ['a number', '7', 'shape-refused'],
    ['constructor', BODY.replace('{', '{"constructor":{},'), 'field-unknown'],
  ])('that is %s is refused', async (_, body, word) => {
    expect(wordOf(await send({ body }))).toBe(word);
  });

  it.each(['gzip', 'br', 'zstd', 'GZIP', 'gzip, identity', 'x'])(
    'encoded as %s is refused unread',
    async (encoding) => {
      const body = new Uint8Array(gzipSync(BODY));
      const outcome = await send({ body, headers: { 'Content-Encoding': encoding } });
      expect([wordOf(outcome), outcome.bodyReads]).toEqual(['body-encoded', 0]);
    },
  );

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=utf-16',
    'application/jsonx',
    'text/json',
    '',
  ])('called %j is refused unread', async (contentType) => {
    const outcome = await send({ headers: { 'Content-Type': contentType } });
    expect([wordOf(outcome), outcome.bodyReads]).toEqual(['body-type-unsupported', 0]);
  });

  it.each(['application/json', 'Application/JSON', 'application/json; charset=UTF-8'])(
    'called %s is read',
    async (contentType) => {
      expect((await send({ headers: { 'Content-Type': contentType } })).gate).toBe('passed');
    },
  );

  it('is refused one byte past its limit, whatever length it declares', async () => {
    const limit = routeOf('chat-completions').bodyBytesMax;
    const ofLength = (length: number): string => BODY + ' '.repeat(length - BODY.length);
    expect((await send({ body: ofLength(limit) })).gate).toBe('passed');
    for (const headers of [{}, { 'Content-Length': '5' }, { 'Content-Length': '-1' }]) {
      const outcome = await send({ body: ofLength(limit + 1), headers });
      expect(wordOf(outcome)).toBe('body-too-large');
    }
  });
});
