// workerd killed at a random moment with calls of every kind in flight, started again on the same
// state, over and over. What counts is read from the disk while workerd is dead, and from the
// provider: no call went up without a hold that was already written; every hold is charged within
// its lease and a few seconds; the ledgers never charge less than the provider bills, nor more than
// was held. The naive gateway goes through the same once and must lose money.

import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '../test/support/poll.ts';
import type { EmulatorCall, TestStack } from '../test/support/stack.ts';
import { type Answer, type Caller, makeCaller } from './crowd.ts';
import { type HoldOnDisk, holdsOnDisk, ledgerFiles } from './disk.ts';
import { errandOf, type KillPlan, markerIn, planKill, type PlannedCall } from './kill-plan.ts';
import { naiveLoss } from './naive-kill.ts';
import { dice, type Outcome, Problems, type Watch } from './scenario.ts';

export type KillsSize = { readonly kills: number };

export const KILLS_SMALL: KillsSize = { kills: 6 };
export const KILLS_FULL: KillsSize = { kills: 200 };

const LEASE_MS = 4_000;
/** Alarm slack and a restart or two on top of the lease. */
const GRACE_MS = 5_000;
/** Fewer than one call in so many upstream, and the kills come too early to prove much. */
const UPSTREAM_SHARE_MIN = 2;
/** Kills whose holds may be open at the same time. */
const AFTERMATHS_MAX = 12;

/** What one kill left behind, until all of it is charged. */
type Aftermath = {
  readonly name: string;
  readonly files: readonly string[];
  readonly killedAtMs: number;
  /** Principal → what the provider bills for its calls. */
  readonly billed: ReadonlyMap<string, number>;
};

/** What the provider saw of one planned call. */
type Seen = { readonly planned: PlannedCall; readonly call: EmulatorCall };

type Totals = {
  sent: number;
  upstream: number;
  open: number;
  billed: number;
  charged: number;
  slowestMs: number;
};

type Flight = {
  readonly callers: readonly Caller[];
  /** Calls that lost their connection before anybody was killed. */
  readonly lost: number;
};

/** Sends the waves; returns when the moment of the kill has come. */
async function fly(stack: TestStack, plan: KillPlan, keys: readonly string[]): Promise<Flight> {
  const callers: Caller[] = [];
  let lost = 0;
  for (const wave of plan.waves) {
    await stack.script(wave.script);
    for (const call of wave.calls) {
      const caller = makeCaller(stack.gatewayUrl, errandOf(call, keys[call.keyIndex] ?? ''));
      caller.finish();
      if (call.leavesAfterMs !== null) {
        setTimeout(() => {
          caller.leave();
        }, call.leavesAfterMs);
      }
      callers.push(caller);
      void caller.answer.then(({ status }) => {
        if (status === 0 && call.leavesAfterMs === null) lost += 1;
      });
    }
    await delay(wave.thenWaitMs);
  }
  await delay(plan.killAfterMs);
  return { callers, lost };
}

/** The provider's calls since the last reset, each with the planned call it belongs to. */
async function seenUpstream(
  stack: TestStack,
  plan: KillPlan,
  problems: Problems,
  name: string,
): Promise<Seen[]> {
  await poll('the provider to notice', async () => (await stack.ledger()).openStreams === 0);
  const { calls } = await stack.ledger();
  const response = await fetch(`${stack.emulatorUrl}/_emulator/requests`);
  const requests = (await response.json()) as { bodyText: string }[];
  const planned = new Map(plan.waves.flatMap((wave) => wave.calls).map((c) => [c.marker, c]));
  const seen: Seen[] = [];
  for (const [index, call] of calls.entries()) {
    const marker = markerIn(requests[index]?.bodyText ?? '');
    const match = marker === null ? undefined : planned.get(marker);
    problems.expect(
      match !== undefined,
      () => `${name}: ${String(marker)} went up twice or unasked`,
    );
    if (match === undefined) continue;
    planned.delete(match.marker);
    seen.push({ planned: match, call });
  }
  return seen;
}

/** What a call that was not cut off may hear: the provider's answer, or that there is none. */
const EXPECTED_ANSWERS = ['200', '429 rate_limit_exceeded', '500', '502 origin_unreachable'];

function said(answer: Answer): string {
  if (answer.status < 400 || answer.status === 500) return String(answer.status);
  const code = /"code":"(\w+)"/.exec(answer.text)?.[1] ?? '';
  return `${String(answer.status)} ${code}`;
}

const STANDS_BEHIND_A_CALL = ['held', 'settled', 'expired'];

const holdsOf = (holds: readonly HoldOnDisk[], principal: string): HoldOnDisk[] =>
  holds.filter(
    (hold) => hold.principals.includes(principal) && STANDS_BEHIND_A_CALL.includes(hold.status),
  );

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

async function killOnce(
  stack: TestStack,
  seed: number,
  problems: Problems,
  totals: Totals,
): Promise<Aftermath> {
  const name = `seed ${String(seed)} (npm run torture -- --only kills --seed ${String(seed)})`;
  const plan = planKill(dice(seed));
  await stack.resetEmulator();
  const before = new Set(await ledgerFiles(stack.stateDirectory));
  const made = await Promise.all(Array.from({ length: plan.keys }, () => stack.makeKey('kills')));
  const { callers, lost } = await fly(
    stack,
    plan,
    made.map(({ key }) => key),
  );
  await stack.kill();
  problems.expect(lost === 0, () => `${name}: ${String(lost)} calls lost before the kill`);
  const killedAtMs = Date.now();
  const answers = await Promise.all(callers.map((caller) => caller.answer));
  for (const answer of answers) {
    problems.expect(
      answer.broken || EXPECTED_ANSWERS.includes(said(answer)),
      () => `${name}: a call was answered ${said(answer)}`,
    );
  }
  totals.sent += callers.length;
  const seen = await seenUpstream(stack, plan, problems, name);
  const files = (await ledgerFiles(stack.stateDirectory)).filter((file) => !before.has(file));
  const holds = await holdsOnDisk(stack.stateDirectory, files);
  const billed = new Map<string, number>();
  for (const [index, { principal }] of made.entries()) {
    const mine = seen.filter(({ planned }) => planned.keyIndex === index);
    const behind = holdsOf(holds, principal).length;
    problems.expect(
      behind >= mine.length,
      () => `${name}: ${String(mine.length)} calls went up on ${String(behind)} holds`,
    );
    billed.set(principal, sum(mine.map(({ call }) => call.billedNanoUsd)));
  }
  totals.upstream += seen.length;
  totals.open += holds.filter((hold) => hold.status === 'held').length;
  await stack.restart();
  return { name, files, killedAtMs, billed };
}

/** True once nothing of it is on hold any more, by the disk; only then is the gateway asked. */
async function resolved(
  stack: TestStack,
  aftermath: Aftermath,
  problems: Problems,
  totals: Totals,
): Promise<boolean> {
  const { name, files, killedAtMs, billed } = aftermath;
  const holds = await holdsOnDisk(stack.stateDirectory, files);
  const lateMs = Date.now() - killedAtMs;
  const open = holds.filter((hold) => hold.status === 'held').length;
  if (open > 0 && lateMs <= LEASE_MS + GRACE_MS) return false;
  problems.expect(open === 0, () => `${name}: ${String(open)} held after ${String(lateMs)} ms`);
  totals.slowestMs = Math.max(totals.slowestMs, lateMs);
  if (open > 0) return true;
  for (const [principal, bill] of billed) {
    const { counters } = await stack.principal(principal);
    const used = counters.find((counter) => counter.name === 'nanoUsd-day')?.used ?? -1;
    const held = sum(counters.map((counter) => counter.held));
    const mine = holdsOf(holds, principal);
    const taken = sum(mine.map((hold) => hold.amountNanoUsd));
    const charged = sum(mine.map((hold) => hold.chargedNanoUsd));
    const facts = `${name}: used ${String(used)}, billed ${String(bill)}, held at first ${taken}`;
    problems.expect(used >= bill, () => `charged less than billed: ${facts}`);
    problems.expect(used <= taken, () => `charged more than was held: ${facts}`);
    problems.expect(used === charged, () => `counter and rows disagree: ${facts}`);
    problems.expect(held === 0, () => `counters hold ${String(held)} that no row holds: ${facts}`);
    totals.billed += bill;
    totals.charged += used;
  }
  return true;
}

export async function kills(stack: TestStack, size: KillsSize, watch: Watch): Promise<Outcome> {
  const problems = new Problems();
  const totals: Totals = { sent: 0, upstream: 0, open: 0, billed: 0, charged: 0, slowestMs: 0 };
  let aftermaths: Aftermath[] = [];
  const settleSome = async (left: number): Promise<boolean> => {
    const still: Aftermath[] = [];
    for (const aftermath of aftermaths) {
      if (!(await resolved(stack, aftermath, problems, totals))) still.push(aftermath);
    }
    aftermaths = still;
    return still.length <= left;
  };
  for (let kill = 0; kill < size.kills; kill += 1) {
    aftermaths.push(await killOnce(stack, watch.seed + kill, problems, totals));
    await poll('earlier kills to be charged', () => settleSome(AFTERMATHS_MAX));
    watch.progress(`kill ${String(kill + 1)} of ${String(size.kills)}`);
  }
  await poll('every kill to be charged', () => settleSome(0), LEASE_MS + 2 * GRACE_MS);
  problems.expect(
    totals.upstream * UPSTREAM_SHARE_MIN >= totals.sent,
    () => `only ${String(totals.upstream)} of ${String(totals.sent)} calls reached the provider`,
  );
  const { used, held } = await stack.counter('ip:127.0.0.1', 'nanoUsd-day');
  problems.expect(
    used >= totals.billed && held === 0,
    () => `the address: used ${String(used)}, held ${String(held)}, billed ${totals.billed}`,
  );
  const naiveLost = await naiveLoss(stack);
  problems.expect(
    naiveLost > 0,
    () => `the naive gateway forgot nothing: ${String(naiveLost)} billed and not recorded`,
  );
  return {
    figures: {
      kills: size.kills,
      callsSent: totals.sent,
      callsUpstream: totals.upstream,
      holdsOpenAtAKill: totals.open,
      billedNanoUsd: totals.billed,
      chargedNanoUsd: totals.charged,
      slowestChargedAfterMs: totals.slowestMs,
      naiveLostNanoUsd: naiveLost,
    },
    problems: problems.list(),
  };
}
