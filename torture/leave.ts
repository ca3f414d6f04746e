// Callers who walk away in the middle. The provider stops generating for them at once, and what
// they had on hold comes back in seconds: charged with what was generated, not locked up and not
// forgiven.

import { poll } from '../test/support/poll.ts';
import type { TestStack } from '../test/support/stack.ts';
import { type Caller, callOnce, chatErrand, codeOf, makeCrowd } from './crowd.ts';
import { type Outcome, Problems, type Watch } from './scenario.ts';

export type LeaveSize = {
  readonly clients: number;
  /** Streams that together hold a whole budget. */
  readonly streams: number;
  readonly rounds: number;
};

export const LEAVE_SMALL: LeaveSize = { clients: 10, streams: 5, rounds: 1 };
export const LEAVE_FULL: LeaveSize = { clients: 10, streams: 5, rounds: 20 };

const CHUNKS = 1_000;
const CHUNKS_READ = 3;
const STOPPED_MS_MAX = 1_000;
const USABLE_MS_MAX = 5_000;
const BODY = { stream: true, messages: [{ role: 'user', content: 'talk to me' }] };

const chunksOf = (text: string): number => text.split('"content":"').length - 1;

/** That many callers, each with a few chunks of a long stream. */
async function startStreams(stack: TestStack, key: string, count: number): Promise<Caller[]> {
  await stack.resetEmulator();
  await stack.script({ chunks: CHUNKS });
  const errands = Array.from({ length: count }, () => chatErrand(key, BODY));
  const callers = await makeCrowd(stack.gatewayUrl, errands);
  await poll(`${String(CHUNKS_READ)} chunks for each of ${String(count)} callers`, () =>
    callers.every((caller) => chunksOf(caller.received()) > CHUNKS_READ),
  );
  return callers;
}

function leaveAll(callers: readonly Caller[]): number {
  for (const caller of callers) caller.leave();
  return performance.now();
}

/** Milliseconds until the provider has seen every caller go. */
async function stoppedAfterMs(stack: TestStack, leftAtMs: number): Promise<number> {
  await poll('the provider to stop', async () => (await stack.ledger()).openStreams === 0);
  return performance.now() - leftAtMs;
}

async function leaveLongStreams(
  stack: TestStack,
  size: LeaveSize,
  problems: Problems,
): Promise<number> {
  const { key, principal } = await stack.makeKey('leave');
  const callers = await startStreams(stack, key, size.clients);
  const tookMs = await stoppedAfterMs(stack, leaveAll(callers));
  const { calls, billedNanoUsd } = await stack.ledger();
  const aborted = calls.filter((call) => call.endedBy === 'client-abort');
  problems.expect(aborted.length === size.clients, () => `${String(aborted.length)} aborts seen`);
  problems.expect(tookMs <= STOPPED_MS_MAX, () => `the provider went on for ${String(tookMs)} ms`);
  const generated = Math.max(...calls.map((call) => call.chunksSent));
  problems.expect(generated < CHUNKS, () => 'a stream nobody read was generated to its end');
  const { used } = await poll('nothing held', async () => {
    const counter = await stack.counter(principal, 'nanoUsd-day');
    return counter.held === 0 ? counter : null;
  });
  problems.expect(
    used >= billedNanoUsd,
    () => `charged ${String(used)}, the provider bills ${String(billedNanoUsd)}`,
  );
  return tookMs;
}

/** A budget that these calls hold whole: full while they run, usable soon after they are gone. */
async function leaveSmallBudget(
  stack: TestStack,
  size: LeaveSize,
  hold: number,
  problems: Problems,
): Promise<number> {
  const { key, principal } = await stack.makeKey('small');
  const cap = size.streams * hold;
  await stack.setCap(principal, 'day', 'nanoUsd', cap);
  const callers = await startStreams(stack, key, size.streams);
  const refused = await callOnce(stack.gatewayUrl, chatErrand(key, BODY));
  problems.expect(
    refused.status === 402 && codeOf(refused) === 'over_budget',
    () => `while all of it was on hold: ${String(refused.status)}`,
  );
  const leftAtMs = leaveAll(callers);
  await stack.script({ chunks: 2, chunkDelayMs: 0 });
  const usableMs = await poll('the budget to be usable again', async () => {
    const answer = await callOnce(stack.gatewayUrl, chatErrand(key, BODY));
    return answer.status === 200 ? performance.now() - leftAtMs : null;
  });
  problems.expect(usableMs <= USABLE_MS_MAX, () => `usable after ${String(usableMs)} ms`);
  const { used } = await poll('nothing held', async () => {
    const counter = await stack.counter(principal, 'nanoUsd-day');
    return counter.held === 0 ? counter : null;
  });
  const { billedNanoUsd } = await stack.ledger();
  problems.expect(used >= billedNanoUsd, () => `used ${String(used)}, billed ${billedNanoUsd}`);
  problems.expect(used <= cap, () => `used ${String(used)} of ${String(cap)}`);
  return usableMs;
}

async function learnHold(stack: TestStack): Promise<number> {
  const { key, principal } = await stack.makeKey('scout');
  const callers = await startStreams(stack, key, 1);
  const [hold] = (await stack.principal(principal)).holds;
  leaveAll(callers);
  if (hold === undefined) throw new Error('no hold');
  return hold.amountNanoUsd;
}

export async function leave(stack: TestStack, size: LeaveSize, watch: Watch): Promise<Outcome> {
  const problems = new Problems();
  const hold = await learnHold(stack);
  const stopped: number[] = [];
  const usable: number[] = [];
  for (let round = 1; round <= size.rounds; round += 1) {
    stopped.push(await leaveLongStreams(stack, size, problems));
    usable.push(await leaveSmallBudget(stack, size, hold, problems));
    watch.progress(`round ${String(round)} of ${String(size.rounds)}`);
  }
  return {
    figures: {
      rounds: size.rounds,
      clients: size.clients,
      providerStoppedMsMax: Math.round(Math.max(...stopped)),
      budgetUsableMsMax: Math.round(Math.max(...usable)),
    },
    problems: problems.list(),
  };
}
