// The proof that a refusal cost nothing: the provider heard of nothing, and no counter of anybody
// who could have been charged has moved.

import { expect } from 'vitest';
import { upstreamRequests } from './chat.ts';
import type { TestStack } from './stack.ts';

export async function expectUntouched(
  stack: TestStack,
  principals: readonly string[],
): Promise<void> {
  expect(await stack.ledger()).toEqual({ billedNanoUsd: 0, openStreams: 0, calls: [] });
  expect(await upstreamRequests(stack)).toEqual([]);
  for (const principal of principals) {
    const { counters, holds } = await stack.principal(principal);
    const moved = counters.filter(({ used, held }) => used !== 0 || held !== 0);
    expect({ principal, holds, moved }).toEqual({ principal, holds: [], moved: [] });
    expect(counters.length).toBeGreaterThan(0);
  }
}
