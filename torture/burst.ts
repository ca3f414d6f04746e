// Everybody at once against one small budget. The provider answers nobody until every call has been
// judged, so no money comes back meanwhile and the budget pays for exactly so many worst cases: one
// more, and somebody's money is gone; one fewer, and an honest call was refused. The naive gateway
// goes through the same and must fail. Then a fast provider: never past the cap, and all of it
// usable.

import { poll } from '../test/support/poll.ts';
import type { TestStack } from '../test/support/stack.ts';
import { type Caller, callOnce, chatErrand, codeOf, makeCrowd } from './crowd.ts';
import { startNaive } from './naive-gateway.ts';
import { type Outcome, Problems, type Watch } from './scenario.ts';

export type BurstSize = {
  readonly calls: number;
  /** How many worst cases the budget pays for. */
  readonly holds: number;
  readonly runs: number;
};

export const BURST_SMALL: BurstSize = { calls: 200, holds: 20, runs: 2 };
export const BURST_FULL: BurstSize = { calls: 1_000, holds: 100, runs: 20 };

const BODY = { messages: [{ role: 'user', content: 'weigh this' }] };
const COUNTER = 'nanoUsd-day';
const JUDGED_MS_MAX = 25_000;
const USABLE_PERCENT_MIN = 90;

/** What the ledger puts on hold for one such call. */
async function learnHold(stack: TestStack): Promise<number> {
  const { key, principal } = await stack.makeKey('scout');
  await stack.script({ firstChunkDelayMs: 500, chunks: 1, chunkDelayMs: 0 });
  const answer = callOnce(stack.gatewayUrl, chatErrand(key, BODY));
  const [hold] = await poll('a hold', async () => {
    const { holds } = await stack.principal(principal);
    return holds.length > 0 ? holds : null;
  });
  await answer;
  if (hold === undefined) throw new Error('no hold');
  return hold.amountNanoUsd;
}

async function makePurse(
  stack: TestStack,
  cap: number,
): Promise<{ key: string; principal: string }> {
  const made = await stack.makeKey('burst');
  await stack.setCap(made.principal, 'day', 'nanoUsd', cap);
  return made;
}

const settledCount = async (callers: readonly Caller[]): Promise<() => number> => {
  let count = 0;
  for (const caller of callers) {
    void caller.answer.then(() => {
      count += 1;
    });
  }
  return () => count;
};

/** One crowd; the provider waits until `calls − holds` have been refused. */
async function crowdOnce(
  stack: TestStack,
  url: string,
  key: string,
  { calls, holds }: BurstSize,
  look: () => Promise<void>,
): Promise<{ callers: Caller[]; upstream: number }> {
  await stack.resetEmulator();
  await stack.script({ chunks: 5, chunkDelayMs: 0, answerAfterCalls: holds + 1 });
  const errands = Array.from({ length: calls }, () => chatErrand(key, BODY));
  const callers = await makeCrowd(url, errands);
  const answered = await settledCount(callers);
  await poll(
    `all but ${String(holds)} of ${String(calls)} calls judged`,
    async () => {
      await look();
      return answered() >= calls - holds;
    },
    JUDGED_MS_MAX,
  );
  const upstream = (await stack.ledger()).calls.length;
  await stack.script({ chunks: 5, chunkDelayMs: 0 });
  return { callers, upstream };
}

async function burstOnce(
  stack: TestStack,
  size: BurstSize,
  hold: number,
  problems: Problems,
): Promise<void> {
  const cap = size.holds * hold;
  const { key, principal } = await makePurse(stack, cap);
  const look = async (): Promise<void> => {
    const { used, held } = await stack.counter(principal, COUNTER);
    problems.expect(used + held <= cap, () => `${String(used + held)} committed of ${String(cap)}`);
  };
  const { callers, upstream } = await crowdOnce(stack, stack.gatewayUrl, key, size, look);
  const answers = await Promise.all(callers.map((caller) => caller.answer));
  const admitted = answers.filter((answer) => answer.status === 200).length;
  const refused = answers.filter(
    (answer) => answer.status === 402 && codeOf(answer) === 'over_budget',
  ).length;
  problems.expect(upstream === size.holds, () => `${String(upstream)} calls reached the provider`);
  problems.expect(admitted === size.holds, () => `${String(admitted)} calls were answered`);
  problems.expect(
    refused === size.calls - size.holds,
    () => `${String(refused)} were refused with 402 over_budget`,
  );
  const settled = await poll('everything settled', async () => {
    const counter = await stack.counter(principal, COUNTER);
    return counter.held === 0 ? counter : null;
  });
  const bill = (await stack.ledger()).billedNanoUsd;
  problems.expect(settled.used === bill, () => `used ${String(settled.used)}, billed ${bill}`);
}

/** The naive gateway in the same crowd: how many it lets through. */
async function naiveOnce(stack: TestStack, size: BurstSize, hold: number): Promise<number> {
  const naive = await startNaive(stack, { capNanoUsd: size.holds * hold, callNanoUsd: hold });
  try {
    await stack.resetEmulator();
    await stack.script({ chunks: 5, chunkDelayMs: 0, answerAfterCalls: size.holds });
    const errands = Array.from({ length: size.calls }, () => chatErrand('naive', BODY));
    const callers = await makeCrowd(naive.url(), errands);
    await Promise.all(callers.map((caller) => caller.answer));
    return (await stack.ledger()).calls.length;
  } finally {
    await naive.close();
  }
}

/** Callers who keep calling a fast provider until there is nothing left to buy. */
async function drain(
  stack: TestStack,
  size: BurstSize,
  hold: number,
  problems: Problems,
): Promise<{ usedPercent: number; calls: number }> {
  const cap = size.holds * hold;
  const { key, principal } = await makePurse(stack, cap);
  await stack.resetEmulator();
  await stack.script({ chunks: 1_500, chunkDelayMs: 0 });
  const worker = async (): Promise<void> => {
    for (let calls = 0; calls < size.calls; calls += 1) {
      const answer = await callOnce(stack.gatewayUrl, chatErrand(key, BODY));
      if (answer.status === 200) continue;
      problems.expect(answer.status === 402, () => `refused with ${String(answer.status)}`);
      const { held } = await stack.counter(principal, COUNTER);
      if (held === 0) return;
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  const { used } = await poll('everything settled', async () => {
    const counter = await stack.counter(principal, COUNTER);
    return counter.held === 0 ? counter : null;
  });
  const { billedNanoUsd, calls } = await stack.ledger();
  problems.expect(billedNanoUsd <= cap, () => `billed ${String(billedNanoUsd)} of ${String(cap)}`);
  problems.expect(used === billedNanoUsd, () => `used ${String(used)}, billed ${billedNanoUsd}`);
  const usedPercent = (100 * used) / cap;
  problems.expect(usedPercent >= USABLE_PERCENT_MIN, () => `only ${String(usedPercent)} % usable`);
  return { usedPercent, calls: calls.length };
}

export async function burst(stack: TestStack, size: BurstSize, watch: Watch): Promise<Outcome> {
  const problems = new Problems();
  const hold = await learnHold(stack);
  for (let run = 1; run <= size.runs; run += 1) {
    await burstOnce(stack, size, hold, problems);
    watch.progress(`run ${String(run)} of ${String(size.runs)}`);
  }
  const naive = await naiveOnce(stack, size, hold);
  problems.expect(naive > size.holds, () => `the naive gateway let only ${String(naive)} through`);
  const drained = await drain(stack, size, hold, problems);
  return {
    figures: {
      runs: size.runs,
      callsAtOnce: size.calls,
      admittedEachRun: size.holds,
      naiveLetThrough: naive,
      capUsablePercent: drained.usedPercent.toFixed(2),
      callsToDrainIt: drained.calls,
    },
    problems: problems.list(),
  };
}
