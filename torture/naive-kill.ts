// The negative control of the kills: the naive gateway is killed with calls in flight, once. It
// records what a call cost when the call is over, so what was in flight is nobody's any more.

import { poll } from '../test/support/poll.ts';
import type { TestStack } from '../test/support/stack.ts';
import { chatErrand, makeCrowd } from './crowd.ts';
import { startNaive } from './naive-gateway.ts';

const CALLS = 8;
/** What it records for a call that is over: more than any of them costs. */
const CALL_NANO_USD = 10_000_000;
const TOKENS_MIN = 20;

/** How much of the provider's bill it does not know of afterwards. */
export async function naiveLoss(stack: TestStack): Promise<number> {
  const naive = await startNaive(stack, {
    capNanoUsd: Number.MAX_SAFE_INTEGER,
    callNanoUsd: CALL_NANO_USD,
  });
  try {
    await stack.resetEmulator();
    await stack.script({ chunks: 1_000, chunkDelayMs: 10 });
    const errands = Array.from({ length: CALLS }, () =>
      chatErrand('naive', { messages: [{ role: 'user', content: 'weigh this' }] }),
    );
    const callers = await makeCrowd(naive.url(), errands);
    await poll('the provider to generate for all of them', async () => {
      const { calls } = await stack.ledger();
      return calls.filter(({ outputTokens }) => outputTokens >= TOKENS_MIN).length === CALLS;
    });
    await naive.crash();
    await Promise.all(callers.map(({ answer }) => answer));
    await poll('the provider to notice', async () => (await stack.ledger()).openStreams === 0);
    return (await stack.ledger()).billedNanoUsd - (await naive.spent());
  } finally {
    await naive.close();
  }
}
