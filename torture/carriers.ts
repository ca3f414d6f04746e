// Settlements travel with other people's calls. Here most of those others hang up the moment they
// have called, at every point of the way, while an honest caller goes on: each honest call is
// charged what the provider bills, to the nano-dollar and at once, and the shared ledger is the sum
// of its callers'.

import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '../test/support/poll.ts';
import type { TestStack } from '../test/support/stack.ts';
import { callOnce, chatErrand, makeCaller } from './crowd.ts';
import { dice, type Outcome, Problems, type Random, type Watch } from './scenario.ts';

export type CarriersSize = {
  readonly honestCalls: number;
  readonly leavers: number;
  /** Connections are used up by leaving; there are only so many ports. */
  readonly leavingsMax: number;
};

export const CARRIERS_SMALL: CarriersSize = { honestCalls: 60, leavers: 3, leavingsMax: 300 };
export const CARRIERS_FULL: CarriersSize = { honestCalls: 600, leavers: 4, leavingsMax: 4_000 };

const BODY = { messages: [{ role: 'user', content: 'carry this' }] };
const LEAVES_WITHIN_MS = 8;
/** So that the ledgers keep up on a slow disk: this is about hanging up, not about load. */
const COMES_BACK_WITHIN_MS = 16;
/** A settlement that was lost would show as a guess, once the lease is over. */
const RECORDED_MS_MAX = 8_000;
const COUNTER = 'nanoUsd-day';

/** Calls and hangs up, over and over, until it is told to stop. */
async function leaveAgain(
  stack: TestStack,
  key: string,
  random: Random,
  goOn: () => boolean,
): Promise<void> {
  while (goOn()) {
    const caller = makeCaller(stack.gatewayUrl, chatErrand(key, BODY));
    caller.finish();
    await delay(random.whole(0, LEAVES_WITHIN_MS));
    caller.leave();
    await caller.answer;
    await delay(random.whole(0, COMES_BACK_WITHIN_MS));
  }
}

/** What the decision record says a call was charged, and whether that is a guess. */
async function chargeOf(
  stack: TestStack,
  requestId: string,
): Promise<{ settledNanoUsd: number; estimated: boolean } | null> {
  const answer = await fetch(`${stack.gatewayUrl}/_weighbridge/admin/requests/${requestId}`, {
    headers: { Authorization: `Bearer ${stack.adminToken}` },
  });
  const text = await answer.text();
  return answer.ok ? (JSON.parse(text) as { settledNanoUsd: number; estimated: boolean }) : null;
}

export async function carriers(
  stack: TestStack,
  size: CarriersSize,
  watch: Watch,
): Promise<Outcome> {
  const problems = new Problems();
  const honest = await stack.makeKey('honest');
  const leaving = await stack.makeKey('leaving');
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  let over = false;
  let leavings = 0;
  const goOn = (): boolean => {
    leavings += 1;
    return !over && leavings <= size.leavingsMax;
  };
  const leavers = Array.from({ length: size.leavers }, (_, index) =>
    leaveAgain(stack, leaving.key, dice(watch.seed + index), goOn),
  );
  let charged = 0;
  for (let call = 1; call <= size.honestCalls; call += 1) {
    const answer = await callOnce(stack.gatewayUrl, chatErrand(honest.key, BODY));
    problems.expect(answer.status === 200, () => `an honest call got ${String(answer.status)}`);
    const requestId = String(answer.headers['weighbridge-request-id']);
    const charge = await poll(
      `the record of ${requestId}`,
      () => chargeOf(stack, requestId),
      RECORDED_MS_MAX,
    ).catch(() => null);
    problems.expect(charge !== null, () => `${requestId}: its settlement did not arrive`);
    problems.expect(charge?.estimated !== true, () => `${requestId}: charged by guess`);
    charged += charge?.settledNanoUsd ?? 0;
    watch.progress(`call ${String(call)} of ${String(size.honestCalls)}`);
  }
  over = true;
  await Promise.all(leavers);
  const settled = (principal: string): Promise<number> =>
    poll(`nothing held by ${principal}`, async () => {
      const { used, held } = await stack.counter(principal, COUNTER);
      return held === 0 ? { used } : null;
    }).then(({ used }) => used);
  const mine = await settled(honest.principal);
  const theirs = await settled(leaving.principal);
  const everybody = await settled('ip:127.0.0.1');
  problems.expect(mine === charged, () => `records say ${charged}, the ledger ${String(mine)}`);
  problems.expect(
    everybody === mine + theirs,
    () => `the address has ${everybody}, its callers ${String(mine)} and ${String(theirs)}`,
  );
  const bill = (await stack.ledger()).billedNanoUsd;
  problems.expect(mine + theirs >= bill, () => `billed ${bill}, charged ${String(mine + theirs)}`);
  return {
    figures: {
      honestCalls: size.honestCalls,
      leftInTheMiddle: Math.min(leavings, size.leavingsMax),
    },
    problems: problems.list(),
  };
}
