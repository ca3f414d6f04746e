// Budgets in windows other than the day: a minute that turns over soon is a 429 that says how long,
// what rolls comes back bit by bit, and tokens are counted like money. If this breaks, a caller who
// only has to wait gives up, or one who has to stop is told to hammer.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { call } from '../support/callers.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, type Heard } from '../support/problem.ts';
import { type Counter, type MadeKey, startStack, type TestStack } from '../support/stack.ts';
import { REQUESTS_A_MINUTE, ROLLING_NANO_USD } from '../support/windows-policy.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

let stack: TestStack;
let key: MadeKey;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/windows-policy.ts') });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  key = await stack.makeKey();
});

afterAll(() => stack.close());

const minute = (): number => Math.floor(Date.now() / MINUTE_MS);

const ask = (): Promise<Heard> => call(stack.gatewayUrl, { key: key.key });

const counter = (name: string): Promise<Counter> => stack.counter(key.principal, name);

const quiet = (): Promise<unknown> =>
  poll('nothing on hold', async () => (await stack.principal(key.principal)).holds.length === 0);

/** So many calls that pass and the one after them, all within one minute of the clock. */
async function withinAMinute(passing: number, tenant?: string): Promise<Heard> {
  for (;;) {
    const startedIn = minute();
    key = await stack.makeKey('minute', tenant);
    const answers: Heard[] = [];
    for (let made = 0; made <= passing; made += 1) answers.push(await ask());
    if (minute() !== startedIn) continue;
    const last = answers.pop();
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    if (last === undefined) throw new Error('no call was made');
    return last;
  }
}

describe('a number of requests a minute', () => {
  test('refuses the next with 429 and the seconds to the end of the minute', async () => {
    const answer = await withinAMinute(REQUESTS_A_MINUTE);
    const problem = expectProblem(answer, 429, 'over_requests');
    const seconds = Number(answer.headers.get('Retry-After'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(answer.headers.get('x-should-retry')).toBeNull();
    expect(problem.retryable).toBe(true);
    expect(problem.error.code).toBe('rate_limit_exceeded');
    expect(problem.detail).toContain(`Waiting ${seconds === 1 ? 'a second' : String(seconds)}`);
    const { resetsAt } = await counter('requests-minute');
    const leftMs = Date.parse(resetsAt ?? '') - Date.now();
    expect(leftMs).toBeLessThanOrEqual(seconds * 1_000);
  });

  test('that is a shared one says how long, and no number of anybody’s requests', async () => {
    const answer = await withinAMinute(2, `t${String(Date.now())}`);
    const problem = expectProblem(answer, 429, 'over_requests');
    expect(problem.scope).toBe('tenant');
    expect(problem.detail).toMatch(/^This tenant has used up its requests this minute\./);
    expect(problem.detail).not.toMatch(/\d of \d/);
  });
});

describe('a window that rolls', () => {
  test('shows what is left of its use, and when the last of it will be gone', async () => {
    await stack.script({ chunks: 500, chunkDelayMs: 0 });
    expect((await ask()).status).toBe(200);
    await quiet();
    const spent = (await counter('nanoUsd-lifetime')).used;
    expect(spent).toBe((await stack.ledger()).billedNanoUsd);
    const first = await counter('nanoUsd-rolling-hour');
    expect(first.cap).toBe(ROLLING_NANO_USD);
    expect(first.used).toBeLessThanOrEqual(spent);
    const emptyAtMs = Date.parse(first.resetsAt ?? '');
    const drainsInMs = (first.used * HOUR_MS) / ROLLING_NANO_USD;
    expect(Math.abs(emptyAtMs - Date.now() - drainsInMs)).toBeLessThan(2_000);
    await poll('some of it has run off', async () => {
      const { used } = await counter('nanoUsd-rolling-hour');
      return used < first.used;
    });
    await poll('all of it has run off', async () => {
      const { used } = await counter('nanoUsd-rolling-hour');
      return used === 0;
    });
    expect((await counter('nanoUsd-lifetime')).used).toBe(spent);
  });

  test('admits again what has run off, and not before', async () => {
    await stack.script({ chunks: 500, chunkDelayMs: 0 });
    expect((await ask()).status).toBe(200);
    await quiet();
    // A call must fit beside what has not run off; nearly all of this cap is used now.
    const { used } = await counter('nanoUsd-rolling-hour');
    await stack.setCap(key.principal, 'rolling-hour', 'nanoUsd', used + 1_000);
    const problem = expectProblem(await ask(), 402, 'over_budget');
    expect(problem.detail).toContain('in the last hour');
    expect(problem.detail).toMatch(/It comes back bit by bit, in full by .* UTC\./);
    await stack.dropCap(key.principal, 'rolling-hour', 'nanoUsd');
    expect((await ask()).status).toBe(200);
  });
});

test('tokens are a budget like money: used exactly, and over quota in words', async () => {
  await stack.script({ chunks: 50, chunkDelayMs: 0 });
  expect((await ask()).status).toBe(200);
  await quiet();
  const [only] = (await stack.ledger()).calls;
  expect(only?.outputTokens).toBeGreaterThan(0);
  expect(await counter('outputTokens-hour')).toMatchObject({ used: only?.outputTokens, held: 0 });
  await stack.setCap(key.principal, 'hour', 'outputTokens', (only?.outputTokens ?? 0) + 15);
  const problem = expectProblem(await ask(), 402, 'over_quota');
  expect(problem.detail).toContain('output tokens this hour');
  await stack.setCap(key.principal, 'hour', 'outputTokens', (only?.outputTokens ?? 0) + 16);
  expect((await ask()).status).toBe(200);
  await quiet();
  expect((await stack.ledger()).calls[1]?.outputTokens).toBeLessThanOrEqual(16);
});
