// Calls of no known format through the real stack: bytes at a server of the app, with a run or
// without, and at a provider. What breaks if this fails: what nobody can read passes unmetered.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { decisionOf, MODEL, requestIdOf, spentOf } from '../support/chat.ts';
import { PLAIN_BYTES_MAX } from '../support/origin-policy.ts';
import {
  type Asked,
  type OriginStack,
  type OwnOrigin,
  postTo,
  startOriginStack,
  step,
} from '../support/own-origin.ts';
import type { TestStack } from '../support/stack.ts';

let origins: OriginStack;
let stack: TestStack;
let own: OwnOrigin;
let key: string;
let principal: string;

beforeAll(async () => {
  origins = await startOriginStack();
  ({ stack, own } = origins);
});
beforeEach(async () => {
  await stack.resetEmulator();
  own.asked.length = 0;
  ({ key, principal } = await stack.makeKey());
});
afterAll(() => origins?.close());

const only = (): Asked => {
  expect(own.asked).toHaveLength(1);
  const [asked] = own.asked;
  if (asked === undefined) throw new Error('nobody asked');
  return asked;
};

const BYTES = Buffer.from([0, 255, 13, 10, 123, 128]);
const PER_REQUEST = 1_000_000;
const plain = (body: Buffer = BYTES): Promise<Response> =>
  postTo(stack, '/api/bytes', key, {
    body: new Uint8Array(body),
    headers: { 'Content-Type': 'application/x-own' },
  });

test('bytes go up and come down as they are, and cost what passed', async () => {
  const answer = Buffer.alloc(3_000, 7);
  own.answer = (_asked, response) => void response.end(answer);
  const response = await plain();
  expect(Buffer.from(await response.arrayBuffer()).equals(answer)).toBe(true);
  const { body, request: heard, grant } = only();
  expect(body.equals(BYTES)).toBe(true);
  expect(heard.headers['content-type']).toBe('application/x-own');
  // There is no run to spend.
  expect(grant).toBe('');
  const cost = PER_REQUEST + BYTES.length * 1_000 + answer.length * 2_000;
  const record = await decisionOf(stack, requestIdOf(response));
  expect(record).toMatchObject({
    settledNanoUsd: cost,
    heldNanoUsd: PER_REQUEST + BYTES.length * 1_000 + PLAIN_BYTES_MAX * 2_000,
  });
  expect((await spentOf(stack, principal)).nanoUsd).toBe(cost);
});

test('a caller who leaves in the middle of bytes pays for what had passed', async () => {
  own.answer = (_asked, response) => void response.write(Buffer.alloc(1_000, 7));
  const leaving = new AbortController();
  const response = await postTo(stack, '/api/bytes', key, {
    body: new Uint8Array(BYTES),
    signal: leaving.signal,
  });
  await response.body?.getReader().read();
  leaving.abort();
  const record = await decisionOf(stack, requestIdOf(response));
  const cost = PER_REQUEST + BYTES.length * 1_000 + 1_000 * 2_000;
  expect(record).toMatchObject({ ending: 'caller-left', settledNanoUsd: cost });
});

test.each([1, 100_000])(
  'bytes past the most of their route do not pass, in pieces of %i',
  async (size) => {
    own.answer = async (_asked, response) => {
      const total = size === 1 ? PLAIN_BYTES_MAX + 10 : 3 * size;
      for (let sent = 0; sent < total; sent += Math.max(size, 64)) {
        await new Promise((resolve) =>
          response.write(Buffer.alloc(Math.max(size, 64), 7), resolve),
        );
      }
      response.end();
    };
    const response = await plain();
    const passed: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of response.body ?? []) passed.push(chunk);
    })();
    // There is no valid end to bytes: whoever reads them shall not take this for one.
    await expect(reading).rejects.toThrow();
    const length = passed.reduce((sum, chunk) => sum + chunk.length, 0);
    expect(length).toBeLessThanOrEqual(PLAIN_BYTES_MAX);
    const record = await decisionOf(stack, requestIdOf(response));
    expect(record.settledNanoUsd).toBeLessThanOrEqual(record.heldNanoUsd);
  },
);

test('bytes with a run have a grant to spend, and cost what its steps cost', async () => {
  await stack.script({ chunkDelayMs: 0 });
  own.answer = async ({ grant, body }, response) => {
    await (await step(stack, grant)).text();
    response.end(body);
  };
  const response = await postTo(stack, '/api/bytes-run', key, {
    body: new Uint8Array(BYTES),
    headers: { 'Content-Type': '' },
  });
  expect(Buffer.from(await response.arrayBuffer()).equals(BYTES)).toBe(true);
  const { billedNanoUsd } = await stack.ledger();
  expect(billedNanoUsd).toBeGreaterThan(0);
  expect((await decisionOf(stack, requestIdOf(response))).settledNanoUsd).toBe(billedNanoUsd);
});

test('bytes go to a provider with its key, and are charged by the byte whatever they say', async () => {
  await stack.script({ chunkDelayMs: 0, text: 'Eleven degrees.' });
  const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hello' }] });
  const response = await postTo(stack, '/raw', key, { body });
  const text = await response.text();
  expect(text).toContain('Eleven degrees.');
  const cost = PER_REQUEST + body.length * 1_000 + Buffer.byteLength(text) * 2_000;
  expect((await decisionOf(stack, requestIdOf(response))).settledNanoUsd).toBe(cost);
  expect((await stack.ledger()).calls).toHaveLength(1);
});
