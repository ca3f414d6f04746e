// workerd killed while budgets that many share are out in slices, in several ledgers, with calls in
// flight on them. After every restart: the budget was not passed, the ledgers charge no less than
// the provider bills, and all that is left of the budget can still be spent; no slice is lost with
// the ledger that had it.

import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '../test/support/poll.ts';
import type { TestStack } from '../test/support/stack.ts';
import {
  type Answer,
  type Caller,
  callOnce,
  chatErrand,
  type Errand,
  makeCaller,
} from './crowd.ts';
import { dice, type Outcome, Problems, type Random, type Watch } from './scenario.ts';

export type SharedKillsSize = { readonly kills: number };

export const SHARED_KILLS_SMALL: SharedKillsSize = { kills: 3 };
export const SHARED_KILLS_FULL: SharedKillsSize = { kills: 60 };

/** Budgets of which every call takes part in each. */
const SHARED = ['global', 'route:chat-completions', 'model:gpt-4o-mini'] as const;
const COUNTER = 'nanoUsd-day';
const KEYS = 6;
const CALLS = 60;
/** More networks than shards, so that every shard spends. */
const NETWORKS = 12;
const HOSTS = 5;
/** Worst cases the tightest budget pays for: fewer than there are calls. */
const HOLDS = 40;
const KILL_AFTER_MS_MAX = 400;
const LEASE_AND_MORE_MS = 12_000;
/** A ledger that was told there is nothing asks again after a second. */
const DRAINED_MS = 1_500;
const DRAIN_ROUNDS_MAX = 4;
const DRAINERS = 8;

type Totals = { sent: number; upstream: number; billed: number; charged: number; drained: number };

const messages = [{ role: 'user', content: 'weigh this' }];

const addressOf = (index: number): string =>
  `127.0.${String(20 + (index % NETWORKS))}.${String(1 + (index % HOSTS))}`;

const errandFrom = (key: string, index: number): Errand => ({
  ...chatErrand(key, { messages }),
  from: addressOf(index),
});

const money = (stack: TestStack, principal: string): Promise<{ used: number; held: number }> =>
  stack.counter(principal, COUNTER);

/** Nothing is on hold for any of these keys. */
const quiet = (stack: TestStack, principals: readonly string[], deadlineMs: number) =>
  poll(
    'nothing on hold',
    async () => {
      for (const principal of principals) {
        if ((await stack.principal(principal)).holds.length > 0) return false;
      }
      return true;
    },
    deadlineMs,
  );

/** What one call takes at the most and at the least, as its decision record says. */
async function learnHold(stack: TestStack): Promise<{ whole: number; least: number }> {
  const { key, principal } = await stack.makeKey('scout');
  await stack.script({ chunks: 1, chunkDelayMs: 0 });
  const { headers } = await callOnce(stack.gatewayUrl, errandFrom(key, 0));
  await quiet(stack, [principal], LEASE_AND_MORE_MS);
  const id = String(headers['weighbridge-request-id']);
  return poll('the record', async () => {
    const record = (await stack.admin('GET', `/requests/${id}`).catch(() => null)) as {
      estimate: { totalNanoUsd: number; totalNanoUsdMin: number };
    } | null;
    if (record === null) return null;
    return { whole: record.estimate.totalNanoUsd, least: record.estimate.totalNanoUsdMin };
  });
}

function scriptOf(random: Random): object {
  return {
    chunks: random.whole(200, 4_000),
    chunkDelayMs: random.chance(0.5) ? 0 : random.whole(1, 10),
    firstChunkDelayMs: random.chance(0.5) ? 0 : random.whole(1, 100),
  };
}

/** Callers who go on until for a while nobody was served. */
async function drain(stack: TestStack, keys: readonly string[]): Promise<Answer[]> {
  await stack.script({ chunks: 4_000, chunkDelayMs: 0 });
  const answers: Answer[] = [];
  let lastServedAtMs = Date.now();
  const work = async (worker: number): Promise<void> => {
    for (let turn = 0; Date.now() - lastServedAtMs < DRAINED_MS; turn += 1) {
      const index = worker + turn * DRAINERS;
      const answer = await callOnce(stack.gatewayUrl, errandFrom(keys[index % KEYS] ?? '', index));
      answers.push(answer);
      if (answer.status === 200) lastServedAtMs = Date.now();
    }
  };
  await Promise.all(Array.from({ length: DRAINERS }, (_, worker) => work(worker)));
  return answers;
}

async function killOnce(
  stack: TestStack,
  seed: number,
  hold: { readonly whole: number; readonly least: number },
  problems: Problems,
  totals: Totals,
): Promise<void> {
  const random = dice(seed);
  const name = `seed ${String(seed)} (npm run torture -- --only shared --seed ${String(seed)})`;
  const made = await Promise.all(Array.from({ length: KEYS }, () => stack.makeKey('shared')));
  const keys = made.map(({ key }) => key);
  // A call is on hold in the ledger of its key and in that of its address.
  const payers = [
    ...made.map(({ principal }) => principal),
    ...Array.from({ length: NETWORKS * HOSTS }, (_, index) => `ip:${addressOf(index)}`),
  ];
  const tight = random.pick(SHARED);
  const before = new Map<string, number>();
  for (const one of SHARED) before.set(one, (await money(stack, one)).used);
  const cap = (before.get(tight) ?? 0) + HOLDS * hold.whole;
  await stack.setCap(tight, 'day', 'nanoUsd', cap);
  await stack.resetEmulator();
  await stack.script(scriptOf(random));
  const callers: Caller[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    const caller = makeCaller(stack.gatewayUrl, errandFrom(keys[call % KEYS] ?? '', call));
    caller.finish();
    callers.push(caller);
  }
  await delay(random.whole(20, KILL_AFTER_MS_MAX));
  await stack.kill();
  await Promise.all(callers.map(({ answer }) => answer));
  await poll('the provider to notice', async () => (await stack.ledger()).openStreams === 0);
  const { calls, billedNanoUsd } = await stack.ledger();
  totals.sent += CALLS;
  totals.upstream += calls.length;
  await stack.restart();
  await quiet(stack, payers, LEASE_AND_MORE_MS);
  for (const one of SHARED) {
    // Their holds end with the keys' own, give or take an alarm.
    const charged = await poll(
      `${one} to have charged what was in flight`,
      async () => {
        const used = (await money(stack, one)).used - (before.get(one) ?? 0);
        return used >= billedNanoUsd ? { used } : null;
      },
      LEASE_AND_MORE_MS,
    ).catch(() => null);
    problems.expect(charged !== null, () => `${name}: ${one} charged less than was billed`);
  }
  const { used } = await money(stack, tight);
  problems.expect(used <= cap, () => `${name}: ${tight} used ${String(used)} of ${String(cap)}`);
  totals.charged += used - (before.get(tight) ?? 0);
  totals.billed += billedNanoUsd;

  await stack.resetEmulator();
  const answers: Answer[] = [];
  // What a call held while the last others were refused is free when it ends: so once more.
  for (let round = 0; round < DRAIN_ROUNDS_MAX; round += 1) {
    answers.push(...(await drain(stack, keys)));
    await quiet(stack, payers, LEASE_AND_MORE_MS);
    if (cap - (await money(stack, tight)).used < hold.least) break;
  }
  const odd = answers.filter(({ status }) => status !== 200 && status !== 402);
  problems.expect(odd.length === 0, () => `${name}: answered ${String(odd[0]?.status)}`);
  totals.drained += answers.filter(({ status }) => status === 200).length;
  const spent = await money(stack, tight);
  problems.expect(
    spent.used <= cap,
    () => `${name}: drained to ${String(spent.used)} of ${String(cap)}`,
  );
  const left = cap - spent.used;
  problems.expect(
    left < hold.least,
    () => `${name}: ${String(left)} of ${tight} cannot be spent (held ${String(spent.held)})`,
  );
  const { billedNanoUsd: after } = await stack.ledger();
  const more = spent.used - used;
  problems.expect(
    more === after,
    () => `${name}: drained ${String(more)}, billed ${String(after)}`,
  );
  await stack.dropCap(tight, 'day', 'nanoUsd');
}

export async function sharedKills(
  stack: TestStack,
  size: SharedKillsSize,
  watch: Watch,
): Promise<Outcome> {
  const problems = new Problems();
  const totals: Totals = { sent: 0, upstream: 0, billed: 0, charged: 0, drained: 0 };
  const hold = await learnHold(stack);
  for (let kill = 0; kill < size.kills; kill += 1) {
    await killOnce(stack, watch.seed + kill, hold, problems, totals);
    watch.progress(`kill ${String(kill + 1)} of ${String(size.kills)}`);
  }
  return {
    figures: {
      kills: size.kills,
      callsSent: totals.sent,
      callsUpstream: totals.upstream,
      billedNanoUsd: totals.billed,
      chargedNanoUsd: totals.charged,
      callsOnTheRest: totals.drained,
    },
    problems: problems.list(),
  };
}
