// A proof is good for one call, at a size for every day (`npm run torture` has the full one; after
// an eviction: `test/workerd/eviction.test.ts`). Breaks if a nonce is looked up and spent in two
// steps, or spent in memory only.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { replay, REPLAY_SMALL } from '../../torture/replay.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.close());

it('accepts a proof once, where a naive store accepts it again', async () => {
  const { figures, problems } = await replay(stack, REPLAY_SMALL, {
    seed: 1,
    progress: () => undefined,
  });
  expect(problems).toEqual([]);
  expect(figures['naiveAccepted']).toBeGreaterThan(1);
});
