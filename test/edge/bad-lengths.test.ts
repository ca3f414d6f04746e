// Bodies that are too large, lie about their length or never end: refused as soon as the limit is
// passed, readable by an ordinary client even while it is still uploading, and never a call. What
// is cut off half-way costs nothing.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHAT, chatBody, LOCAL_IP, settlementsOf } from '../support/chat.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { expectUntouched } from '../support/untouched.ts';
import { openWire, requestBytes, type Wire, type WireAnswer } from '../support/wire.ts';

const BODY_BYTES_MAX = 1_048_576;
/** A refusal that is lost in one upload of ten is found in twenty. */
const UPLOAD_ROUNDS = 20;

let stack: TestStack;
let key: string;
let principal: string;
let usual: Record<string, string>;

beforeAll(async () => {
  stack = await startStack();
  ({ key, principal } = await stack.makeKey());
  usual = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
});

afterAll(() => stack.close());

const untouched = (): Promise<void> => expectUntouched(stack, [principal, LOCAL_IP]);

async function open(bytes: Buffer, headOnly = false): Promise<Wire> {
  const wire = await openWire(stack.gatewayUrl, { headOnly });
  wire.send(bytes);
  return wire;
}

const ask = async (bytes: Buffer, headOnly = false): Promise<WireAnswer> =>
  (await open(bytes, headOnly)).answer();

describe('lengths', () => {
  const large = Buffer.alloc(BODY_BYTES_MAX + 1, 0x20);
  const chunked = { 'Transfer-Encoding': 'chunked' };
  const oneChunk = (bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

  test.each([
    ['in one piece', requestBytesOf({}, large)],
    [
      'in chunks',
      requestBytesOf(chunked, Buffer.concat([oneChunk(large), Buffer.from('0\r\n\r\n')])),
    ],
    ['in chunks that never end', requestBytesOf(chunked, oneChunk(large))],
    ['of a length that never comes', requestBytesOf({ 'Content-Length': '100000000' }, large)],
  ])('refuses a body one byte too large, %s, without the rest', async (_name, bytes) => {
    expectProblem(await ask(bytes()), 413, 'body_too_large');
    await untouched();
  });

  test.each([
    ['too large', 413, 'body_too_large', BODY_BYTES_MAX + 1],
    ['far too large', 413, 'body_too_large', 8 * BODY_BYTES_MAX],
    ['of a caller nobody knows', 401, 'proof_required', BODY_BYTES_MAX],
  ])(
    'an ordinary client reads the refusal of an upload %s, every time',
    async (_name, status, code, bytes) => {
      const headers = status === 401 ? { 'Content-Type': 'application/json' } : usual;
      for (let round = 0; round < UPLOAD_ROUNDS; round += 1) {
        const body = new Uint8Array(bytes);
        const response = await fetch(`${stack.gatewayUrl}${CHAT}`, {
          method: 'POST',
          headers,
          body,
        });
        expectProblem(await heard(response), status, code);
      }
      await untouched();
    },
  );

  test('a length that is too short cuts the body, and the rest is no second request', async () => {
    const body = chatBody();
    const wire = await open(
      requestBytes(`POST ${CHAT}`, { ...usual, 'Content-Length': '10' }, body),
    );
    expectProblem(await wire.answer(), 400, 'body_not_json');
    await untouched();
  });

  test.each(['-1', 'abc', '10, 10', '0x10', ''])(
    'a length of "%s" is refused by the runtime',
    async (length) => {
      const headers = { ...usual, 'Content-Length': length };
      expect((await ask(requestBytes(`POST ${CHAT}`, headers, chatBody()))).status).toBe(400);
      await untouched();
    },
  );

  test('two lengths, a foreign encoding and a broken chunk are refused', async () => {
    const body = chatBody();
    const twice = requestBytes(`POST ${CHAT}`, { ...usual, 'Content-Length': '10' }, body)
      .toString()
      .replace(
        'Content-Length: 10',
        `Content-Length: 10\r\nContent-Length: ${String(body.length)}`,
      );
    expect((await ask(Buffer.from(twice))).status).toBe(400);
    expect(
      (await ask(requestBytesOf({ 'Transfer-Encoding': 'chunked, gzip' }, body)())).status,
    ).toBe(400);
    const broken = await ask(requestBytesOf(chunked, 'zz\r\nhello\r\n0\r\n\r\n')());
    expectProblem(broken, 400, 'body_incomplete');
    await untouched();
  });
});

/** Made when the test runs: the key is not known before. */
function requestBytesOf(headers: Record<string, string>, body: string | Uint8Array): () => Buffer {
  return () => requestBytes(`POST ${CHAT}`, { ...usual, ...headers }, body);
}

describe('bodies cut off', () => {
  test.each(['FIN', 'RST'] as const)(
    'a %s in the middle of a body ends the call before anything is held',
    async (how) => {
      const body = chatBody();
      const wire = await open(
        requestBytes(
          `POST ${CHAT}`,
          { ...usual, 'Content-Length': String(body.length) },
          body.slice(0, -5),
        ),
      );
      wire.leave(how);
      // Another call on a fresh connection is answered as ever: the gateway did not suffer.
      expectProblem(await ask(requestBytes(`GET ${CHAT}`, usual)), 405, 'method_not_allowed');
      await untouched();
      expect(await settlementsOf(stack, principal)).toEqual([]);
    },
  );

  test('a chunked body without its last chunk ends in a 400 or in nothing, never in a call', async () => {
    const body = chatBody();
    const head = { ...usual, 'Transfer-Encoding': 'chunked' };
    const wire = await open(
      requestBytes(`POST ${CHAT}`, head, `${body.length.toString(16)}\r\n${body}\r\n`),
    );
    wire.leave('FIN');
    await poll('the connection is closed', () => wire.closed());
    expect(wire.view()?.status ?? 400).toBe(400);
    await untouched();
  });
});
