// A power cut while shared budgets are out in slices, at a size for every day (`npm run torture`
// has the full one). Breaks if a slice is spent twice after a restart, or lost with the ledger that
// had it.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { sharedKills, SHARED_KILLS_SMALL } from '../../torture/shared-kills.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/slices-policy.ts') });
});

afterAll(() => stack.close());

it('a shared budget is never passed, never charged too little, and its rest is usable', async () => {
  const { figures, problems } = await sharedKills(stack, SHARED_KILLS_SMALL, {
    seed: 1,
    progress: () => undefined,
  });
  expect(problems).toEqual([]);
  expect(figures['callsUpstream']).toBeGreaterThan(0);
});
