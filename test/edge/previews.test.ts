// What pages of a preview deployment may spend: its own low budget, shared by all of them, beside
// what every caller is charged anyway. If this breaks, whoever opens a pull request has an app's
// whole day.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { decisionOf, postChat, requestIdOf, spentOf } from '../support/chat.ts';
import { LISTED_ORIGIN, PREVIEW, PREVIEW_ORIGIN } from '../support/edge-policy.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/edge-policy.ts') });
});
beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 2, chunkDelayMs: 0 });
  ({ key, principal } = await stack.makeKey());
});
afterAll(() => stack.close());

/** What the call cost; by the time this is known it has been charged. */
async function costOf(origin: string | null): Promise<number> {
  const response = await postChat(stack, key, undefined, origin === null ? {} : { Origin: origin });
  expect(response.status).toBe(200);
  await response.text();
  return (await decisionOf(stack, requestIdOf(response))).settledNanoUsd;
}

const spent = async (): Promise<number> => (await spentOf(stack, PREVIEW)).nanoUsd;

/** Whom the preview's budget is none of. */
const OTHERS = [null, LISTED_ORIGIN, 'https://www.preview.example', 'https://evil-preview.example'];

test('all pages under a suffix share one budget, and callers pay their own as well', async () => {
  const before = await spent();
  const costs = [
    await costOf(PREVIEW_ORIGIN),
    await costOf('https://pr-8.preview.example'),
    await costOf('https://a.b.preview.example'),
  ];
  const sum = costs.reduce((total, cost) => total + cost, 0);
  expect(sum).toBeGreaterThan(0);
  await poll('the charges', async () => ((await spent()) === before + sum ? true : null));
  expect((await spentOf(stack, principal)).nanoUsd).toBe(sum);
});

test('a budget that is used up refuses every page of it, and nobody else', async () => {
  await stack.setCap(PREVIEW, 'day', 'nanoUsd', 0);
  for (const origin of [PREVIEW_ORIGIN, 'https://made-up.preview.example']) {
    const refused = await postChat(stack, key, undefined, { Origin: origin });
    expect(refused.headers.get('Access-Control-Allow-Origin')).toBe(origin);
    const problem = await heard(refused);
    expectProblem(problem, 402, 'over_budget');
    // How far they got is the operator's affair.
    expect(JSON.stringify(problem)).not.toMatch(/pull-requests|\$\d/);
  }
  for (const origin of OTHERS) await costOf(origin);
  await stack.dropCap(PREVIEW, 'day', 'nanoUsd');
  await costOf(PREVIEW_ORIGIN);
});
