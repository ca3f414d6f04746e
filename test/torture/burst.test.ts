// A crowd against one budget, at a size for every day (`npm run torture` has the full one). Breaks
// if anything between looking at a budget and holding its money can be overtaken.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { burst, BURST_SMALL } from '../../torture/burst.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.close());

it('admits exactly what the budget pays for, where a naive gateway admits more', async () => {
  const { figures, problems } = await burst(stack, BURST_SMALL, {
    seed: 1,
    progress: () => undefined,
  });
  expect(problems).toEqual([]);
  expect(figures['naiveLetThrough']).toBeGreaterThan(BURST_SMALL.holds);
});
