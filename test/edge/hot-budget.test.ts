// A thousand callers at the same instant against one budget that all of them share, which many
// ledgers spend at once. It pays for exactly a hundred worst cases: one more, and the operator's
// money is gone; one fewer, and an honest call was refused. And with a provider that answers at
// once, all but a hundredth of it can be used, although it is handed out in slices.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { type Answer, callOnce, codeOf, type Errand, makeCrowd } from '../../torture/crowd.ts';
import { chatBody } from '../support/chat.ts';
import { poll } from '../support/poll.ts';
import { SECOND_PATH } from '../support/scopes-policy.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';

const CALLS = 1_000;
const HOLDS = 100;
const KEYS = 10;
/** Networks of their own, so that every shard spends from the budget. */
const NETWORKS = 16;
const JUDGED_MS_MAX = 60_000;
const USABLE_PERCENT_MIN = 99;
/** A ledger that was told there is nothing asks again after a second. */
const DRAINED_MS = 1_500;
const WORKERS = 24;

let stack: TestStack;
let keys: readonly MadeKey[];

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/scopes-policy.ts') });
  keys = await Promise.all(Array.from({ length: KEYS }, () => stack.makeKey('hot')));
});

beforeEach(() => stack.resetEmulator());

afterAll(() => stack.close());

/** On the route whose keys have no number of requests of their own. */
const errand = (index: number, more: Readonly<Record<string, unknown>>): Errand => ({
  path: SECOND_PATH,
  from: `127.0.${String(60 + (index % NETWORKS))}.${String(1 + (index % 7))}`,
  headers: {
    Authorization: `Bearer ${keys[index % KEYS]?.key ?? ''}`,
    'Content-Type': 'application/json',
  },
  body: chatBody(more),
});

const money = (): Promise<{ used: number; held: number }> => stack.counter('global', 'nanoUsd-day');

/** Nothing is on hold for any key. */
const quiet = (): Promise<unknown> =>
  poll('everything is settled', async () => {
    const views = await Promise.all(keys.map(({ principal }) => stack.principal(principal)));
    return views.every(({ holds }) => holds.length === 0);
  });

/** What one call puts on hold. */
async function learnHold(more: Readonly<Record<string, unknown>>): Promise<number> {
  await stack.dropCap('global', 'day', 'nanoUsd');
  await poll('a call is served', async () => {
    return (await callOnce(stack.gatewayUrl, errand(0, more))).status === 200;
  });
  await quiet();
  await stack.script({ firstChunkDelayMs: 300, chunks: 1, chunkDelayMs: 0 });
  const answer = callOnce(stack.gatewayUrl, errand(0, more));
  const [hold] = await poll('a hold', async () => {
    const { holds } = await stack.principal(keys[0]?.principal ?? '');
    return holds.length > 0 ? holds : null;
  });
  expect((await answer).status).toBe(200);
  await quiet();
  await stack.resetEmulator();
  return hold?.amountNanoUsd ?? Number.NaN;
}

test('a shared budget for a hundred worst cases admits a hundred calls, whoever crowds', async () => {
  // So short that no call can be narrowed to what happens to be left.
  const short = { max_tokens: 16 };
  const hold = await learnHold(short);
  const { used } = await money();
  const cap = used + HOLDS * hold;
  await stack.setCap('global', 'day', 'nanoUsd', cap);
  await stack.script({ chunks: 5, chunkDelayMs: 0, answerAfterCalls: HOLDS + 1 });
  const callers = await makeCrowd(
    stack.gatewayUrl,
    Array.from({ length: CALLS }, (_, index) => errand(index, short)),
  );
  const heard: Record<string, number> = {};
  let judged = 0;
  for (const { answer } of callers) {
    void answer.then((one) => {
      const what = `${String(one.status)} ${one.status === 200 ? '' : codeOf(one)}`.trim();
      heard[what] = (heard[what] ?? 0) + 1;
      judged += 1;
    });
  }
  await poll(
    'all that are refused have been',
    async () => {
      const now = await money();
      expect(now.used + now.held).toBeLessThanOrEqual(cap);
      return judged >= CALLS - HOLDS;
    },
    JUDGED_MS_MAX,
  );
  expect(Object.keys(heard)).toEqual(['402 over_budget']);
  // In a race of many shards nobody may win the very last hold; it is there for who comes next.
  expect(heard['402 over_budget']).toBeLessThanOrEqual(CALLS - HOLDS + 1);
  const late: Promise<Answer>[] = [];
  await poll('the whole budget is on hold', async () => {
    if ((await money()).held === HOLDS * hold) return true;
    late.push(callOnce(stack.gatewayUrl, errand(late.length, short)));
    return null;
  });
  expect((await stack.ledger()).calls).toHaveLength(HOLDS);
  expect(await money()).toMatchObject({ used, held: HOLDS * hold });
  await stack.script({ chunks: 5, chunkDelayMs: 0 });
  await Promise.all(callers.map(({ answer }) => answer));
  const lateServed = (await Promise.all(late)).filter(({ status }) => status === 200).length;
  expect((heard['200'] ?? 0) + lateServed).toBe(HOLDS);
  expect((heard['200'] ?? 0) + (heard['402 over_budget'] ?? 0)).toBe(CALLS);
  const bill = (await stack.ledger()).billedNanoUsd;
  await quiet();
  expect((await money()).used).toBe(used + bill);
});

test('with a fast provider a shared budget is never passed, and all of it can be used', async () => {
  const hold = await learnHold({});
  const { used } = await money();
  const budget = HOLDS * hold;
  await stack.setCap('global', 'day', 'nanoUsd', used + budget);
  // Dear calls: each uses nearly all that was held for it.
  await stack.script({ chunks: 4_000, chunkDelayMs: 0 });
  let calls = 0;
  let lastServedAtMs = Date.now();
  const work = async (worker: number): Promise<void> => {
    while (Date.now() - lastServedAtMs < DRAINED_MS) {
      calls += 1;
      const answer: Answer = await callOnce(stack.gatewayUrl, errand(worker, {}));
      expect([200, 402]).toContain(answer.status);
      if (answer.status === 200) lastServedAtMs = Date.now();
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  await quiet();
  const spent = (await money()).used - used;
  expect(spent).toBe((await stack.ledger()).billedNanoUsd);
  expect(spent).toBeLessThanOrEqual(budget);
  expect(spent).toBeGreaterThanOrEqual((budget * USABLE_PERCENT_MIN) / 100);
  expect(calls).toBeGreaterThan(HOLDS);
});
