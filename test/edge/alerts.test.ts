// Alerts as an operator meets them: a line in the gateway's log and a row in the list, once, over a
// restart too, and none for whoever has no token. If this breaks, a budget is gone before anybody
// hears of it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import source, { ROUTE_ID } from '../support/alerts-policy.ts';
import { postChat, spentOf } from '../support/chat.ts';
import { like } from '../support/like.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';

const POLICY = inRoot('test/support/alerts-policy.ts');
const TIME = like(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

let stack: TestStack;
let key: MadeKey;

beforeAll(async () => {
  stack = await startStack({ policyFile: POLICY });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 1, chunkDelayMs: 0 });
  key = await stack.makeKey('watched');
});

afterAll(() => stack.close());

type Row = Readonly<Record<string, unknown>>;

async function lines(principal: string): Promise<Row[]> {
  const log = await readFile(join(stack.stateDirectory, 'gateway.log'), 'utf8');
  return log
    .split('\n')
    .filter((line) => line.startsWith('{"event":"alert",'))
    .map((line) => JSON.parse(line) as Row)
    .filter((row) => row['principal'] === principal);
}

async function listed(principal: string): Promise<Row[]> {
  const { alerts } = (await stack.admin('GET', '/alerts')) as { alerts: Row[] };
  return alerts.filter((row) => row['principal'] === principal);
}

/** So many calls, one after the other, settled. */
async function calls(count: number): Promise<void> {
  for (let made = 0; made < count; made += 1) {
    const answer = await postChat(stack, key.key);
    expect([answer.status, await answer.text()]).toMatchObject([200, expect.any(String)]);
  }
  await spentOf(stack, key.principal);
}

const percents = (rows: readonly Row[]): unknown[] => rows.map(({ percent }) => percent);

test('a key that passes a share of its requests is in the log and in the list, once', async () => {
  const policy = loadPolicy(source);
  await stack.setCap(key.principal, 'day', 'requests', 4);
  await calls(1);
  expect(await lines(key.principal)).toEqual([]);
  await calls(1);
  const facts = {
    id: 'keys',
    principal: key.principal,
    counter: 'requests-day',
    percent: 50,
    used: 2,
    cap: 4,
    windowEndsAt: like(/T00:00:00\.000Z$/),
    policyVersion: policy.ok ? policy.value.version : '',
  };
  await poll('the line', async () => (await lines(key.principal)).length > 0);
  expect(await lines(key.principal)).toEqual([{ event: 'alert', ...facts }]);
  await poll('the row', async () => (await listed(key.principal)).length > 0);
  expect(await listed(key.principal)).toEqual([{ ...facts, at: TIME }]);

  await stack.restartWith(POLICY);
  await calls(1);
  await calls(1);
  await poll('all rows', async () => (await listed(key.principal)).length === 3);
  expect(new Set(percents(await listed(key.principal)))).toEqual(new Set([50, 80, 100]));
  expect(percents(await lines(key.principal)).filter((percent) => percent === 50)).toHaveLength(1);
  const refused = await heard(await postChat(stack, key.key));
  expectProblem(refused, 402, 'over_requests');
});

test('a shared budget is told of by its root, as soon as its slices pass the share', async () => {
  await calls(1);
  const principal = `route:${ROUTE_ID}`;
  const [first] = await poll('the row', async () => {
    const rows = await listed(principal);
    return rows.length > 0 ? rows : null;
  });
  expect(first).toMatchObject({ id: 'chat', percent: 5, cap: 1_600, counter: 'requests-day' });
  // One slice of a sixteenth, of which a few were used.
  expect(first?.['used']).toBeGreaterThanOrEqual(80);
  expect(first?.['used']).toBeLessThanOrEqual(200);
});

test('nobody without the token reads the list', async () => {
  const answer = await fetch(`${stack.gatewayUrl}/_weighbridge/admin/alerts`);
  expectProblem(await heard(answer), 401, 'admin_token_invalid');
});
