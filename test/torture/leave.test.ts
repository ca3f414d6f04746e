// Leaving early costs what was generated and locks nothing up, at a size for every day (`npm run
// torture` has the full one). Breaks if a caller's departure is not passed on to the provider, or
// if a hold outlives the call it was for.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { leave, LEAVE_SMALL } from '../../torture/leave.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.close());

it('stops the provider when callers leave, and their budget is soon usable again', async () => {
  const { problems } = await leave(stack, LEAVE_SMALL, { seed: 1, progress: () => undefined });
  expect(problems).toEqual([]);
});
