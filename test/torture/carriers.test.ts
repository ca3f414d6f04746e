// Nobody's settlement is lost with somebody else's connection, at a size for every day (`npm run
// torture` has the full one). Breaks if a call that is torn down takes along the settlements of
// others that it was to carry: they would be charged as if their callers had vanished.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { carriers, CARRIERS_SMALL } from '../../torture/carriers.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.close());

it('charges honest calls exactly and at once while the callers around them hang up', async () => {
  const { problems } = await carriers(stack, CARRIERS_SMALL, {
    seed: 1,
    progress: () => undefined,
  });
  expect(problems).toEqual([]);
});
