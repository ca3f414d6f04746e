// A power cut costs nobody money they did not agree to, and gives nobody a free answer, at a size
// for every day (`npm run torture` has the full one). Breaks if a hold is written after the
// provider is called, or if what nobody settles is forgotten.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { kills, KILLS_SMALL } from '../../torture/kills.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.close());

it('charges every call in flight when workerd is killed, where a naive gateway forgets them', async () => {
  const { figures, problems } = await kills(stack, KILLS_SMALL, {
    seed: 1,
    progress: () => undefined,
  });
  expect(problems).toEqual([]);
  expect(figures['holdsOpenAtAKill']).toBeGreaterThan(0);
  expect(figures['naiveLostNanoUsd']).toBeGreaterThan(0);
});
