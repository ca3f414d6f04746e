// A provider that misbehaves: the caller gets an answer in bounded time that says whose fault it
// was, the hold is resolved once, for no less than the provider bills and no more than was held. If
// this breaks, a broken provider is a way to be served free, or to be charged without end.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { chatBody, decisionOf, postChat, requestIdOf, spentOf } from '../support/chat.ts';
import { FIRST_BYTE_SECONDS_MAX } from '../support/edge-policy.ts';
import { endedCall, expectSettledOnce } from '../support/leaving.ts';
import { expectProblem } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/edge-policy.ts') });
});

beforeEach(async () => {
  await stack.resetEmulator();
  ({ key, principal } = await stack.makeKey());
});

afterAll(() => stack.close());

type Heard = { status: number; headers: Headers; body: string; broken: boolean };

/** Reads as far as it goes: a connection that breaks is an outcome too. */
async function call(stream: boolean): Promise<Heard> {
  const response = await postChat(stack, key, chatBody({ stream }));
  const { status, headers } = response;
  const decoder = new TextDecoder();
  let body = '';
  try {
    for await (const bytes of response.body ?? []) body += decoder.decode(bytes, { stream: true });
    return { status, headers, body, broken: false };
  } catch {
    return { status, headers, body, broken: true };
  }
}

type Expected = {
  readonly status: number;
  readonly ending: string;
  readonly usageSource: string;
  /** The stream ends with an error of ours. */
  readonly says?: RegExp;
};

type Fault = {
  readonly fault: string;
  readonly script?: object;
  readonly stream: Expected;
  readonly whole: Expected;
};

const both = (expected: Expected): Pick<Fault, 'stream' | 'whole'> => ({
  stream: expected,
  whole: expected,
});

const BROKE_OFF = /data: \{"error":\{"message":"The answer broke off: [^\n]+\n\n$/;

const FAULTS: readonly Fault[] = [
  {
    fault: 'refuse',
    ...both({ status: 502, ending: 'origin-unreachable', usageSource: 'counted' }),
  },
  { fault: 'hang', ...both({ status: 504, ending: 'origin-timeout', usageSource: 'counted' }) },
  {
    fault: 'drip',
    script: { chunks: 3, chunkDelayMs: 0.3 },
    ...both({ status: 200, ending: 'complete', usageSource: 'provider' }),
  },
  {
    fault: 'cut',
    // A clean end half-way is no end; of an answer in one piece nobody knows the usage.
    stream: { status: 200, ending: 'origin-failed', usageSource: 'counted', says: BROKE_OFF },
    whole: { status: 200, ending: 'complete', usageSource: 'hold' },
  },
  {
    fault: 'reset',
    stream: { status: 200, ending: 'origin-failed', usageSource: 'counted', says: BROKE_OFF },
    whole: { status: 502, ending: 'origin-failed', usageSource: 'counted' },
  },
  { fault: 'html', ...both({ status: 200, ending: 'complete', usageSource: 'hold' }) },
  { fault: '429', ...both({ status: 429, ending: 'origin-refused', usageSource: 'provider' }) },
  { fault: '500', ...both({ status: 500, ending: 'origin-refused', usageSource: 'provider' }) },
  { fault: 'no-usage', ...both({ status: 200, ending: 'complete', usageSource: 'hold' }) },
];

const CASES = FAULTS.flatMap(({ fault, script = {}, stream, whole }) => [
  { fault, script, stream: true, name: 'a stream', expected: stream },
  { fault, script, stream: false, name: 'an answer', expected: whole },
]);

test.each(CASES)('$fault during $name: bounded, told apart, settled once', async (given) => {
  const { fault, script, stream, expected } = given;
  await stack.script({ chunks: 20, chunkDelayMs: 1, ...script, fault });
  const startedAtMs = Date.now();
  const answer = await call(stream);
  expect(Date.now() - startedAtMs).toBeLessThanOrEqual(FIRST_BYTE_SECONDS_MAX * 1_000 + 2_000);
  expect(answer.status).toBe(expected.status);
  expect(answer.broken).toBe(false);
  if (expected.says !== undefined) expect(answer.body).toMatch(expected.says);

  const { call: billed } = await endedCall(stack.emulatorUrl, startedAtMs);
  await expectSettledOnce(stack, [principal], billed.billedNanoUsd);
  const record = await decisionOf(stack, requestIdOf(answer));
  expect(record).toMatchObject({ ending: expected.ending, usageSource: expected.usageSource });
  expect(record.estimated).toBe(expected.usageSource !== 'provider');
});

describe('what the caller is told', () => {
  test('no provider at all is a 502 of the provider, with the request id', async () => {
    await stack.script({ fault: 'refuse' });
    const problem = expectProblem(await call(false), 502, 'origin_unreachable');
    expect(problem).toMatchObject({ source: 'provider', retryable: false });
  });

  test('no answer in time is a 504 of the provider', async () => {
    await stack.script({ fault: 'hang' });
    const problem = expectProblem(await call(true), 504, 'origin_timeout');
    expect(problem).toMatchObject({ source: 'provider', retryable: false });
    expect(problem.detail).toContain(`${String(FIRST_BYTE_SECONDS_MAX)} seconds`);
  });

  test.each([
    ['429', 429, 'rate_limit_exceeded'],
    ['500', 500, 'server_error'],
  ])(
    'a %s of the provider keeps its status and its body, and costs nothing',
    async (fault, status, word) => {
      await stack.script({ fault });
      const answer = await call(false);
      expect(answer.status).toBe(status);
      expect(answer.headers.get('Content-Type')).toBe('application/json');
      expect(Object.keys(JSON.parse(answer.body) as object)).toEqual(['error']);
      expect(answer.body).toContain(word);
      expect(await spentOf(stack, principal)).toEqual({ nanoUsd: 0, requests: 1 });
    },
  );

  test('an HTML page comes through as what it is and is not charged beyond the hold', async () => {
    await stack.script({ fault: 'html' });
    const answer = await call(true);
    expect(answer.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(answer.body).toMatch(/^<!DOCTYPE html>/);
  });

  test('what arrived before a break arrives at the caller', async () => {
    await stack.script({ chunks: 20, chunkDelayMs: 1, fault: 'reset' });
    const { body } = await call(true);
    expect(body.split('"delta":{"content":" ').length - 1).toBeGreaterThanOrEqual(10);
    expect(body).not.toContain('[DONE]');
  });
});

describe('usage that is nonsense', () => {
  // The emulator turns through negative, text and fraction, call after call of one script.
  test.each([true, false])('is charged as the hold, stream %s: never as free', async (stream) => {
    await stack.script({ chunks: 5, chunkDelayMs: 0, fault: 'wrong-usage' });
    for (const kind of ['negative', 'text', 'fraction']) {
      const answer = await call(stream);
      expect([kind, answer.status]).toEqual([kind, 200]);
      const record = await decisionOf(stack, requestIdOf(answer));
      expect({ kind, ...record }).toMatchObject({
        kind,
        ending: 'complete',
        usage: null,
        usageSource: 'hold',
        estimated: true,
        settledNanoUsd: record.heldNanoUsd,
      });
    }
    const { nanoUsd, requests } = await spentOf(stack, principal);
    expect(requests).toBe(3);
    expect(nanoUsd).toBeGreaterThanOrEqual((await stack.ledger()).billedNanoUsd);
  });
});
