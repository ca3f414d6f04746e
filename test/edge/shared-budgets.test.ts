// Budgets that many callers share, as callers and the operator meet them: each refuses exactly at
// its cap, says so without a figure that is not the caller's own, and follows the operator's word
// at once. If this breaks, one caller spends everybody's money, or a stranger reads what a
// business turns over.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { type Device, makeDevice } from '../support/anonymous.ts';
import { beginCall, call, type Caller, servedSoon, statusOf } from '../support/callers.ts';
import { like } from '../support/like.ts';
import { poll } from '../support/poll.ts';
import { expectProblem } from '../support/problem.ts';
import { KEY_REQUESTS_ON_ROUTE, SECOND_PATH } from '../support/scopes-policy.ts';
import { type Counter, type MadeKey, startStack, type TestStack } from '../support/stack.ts';
import type { Wire, WireAnswer } from '../support/wire.ts';

const TENANT = 'acme';
const MODEL = 'gpt-4.1-nano';
const today = (): string => new Date().toISOString().slice(0, 10);

let stack: TestStack;
let key: MadeKey;
let device: Device;
let wireless = 0;
/** A network of its own for every test. */
let network: string;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/scopes-policy.ts') });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  key = await stack.makeKey('shared', TENANT);
  device = await makeDevice();
  wireless += 1;
  network = `127.0.${String(100 + wireless)}`;
});

afterAll(() => stack.close());

type Shared = {
  readonly scope: string;
  readonly principal: () => string;
  /** A caller that is charged in it; the second is another one. */
  readonly callers: () => readonly [Caller, Caller];
  readonly status: number;
  readonly says: RegExp;
};

const keyed = (more: Caller = {}): Caller => ({ key: key.key, from: `${network}.1`, ...more });
const elsewhere = (caller: Caller): Caller => ({ ...caller, from: '127.0.99.7' });

const everybody = (who: string): RegExp =>
  new RegExp(`^${who}, together, have used up what they share here\\.$`);
const RESETS = 'It resets at \\d{4}-\\d\\d-\\d\\d 00:00 UTC\\.';

const SHARED: readonly Shared[] = [
  {
    scope: 'global',
    principal: () => 'global',
    callers: () => [keyed(), { device, from: '127.0.98.2', path: '/api/chat' }],
    status: 402,
    says: everybody('All callers'),
  },
  {
    scope: 'route',
    principal: () => 'route:second',
    callers: () => [
      keyed({ path: SECOND_PATH }),
      { device, from: '127.0.98.3', path: SECOND_PATH },
    ],
    status: 402,
    says: everybody('All callers of this route'),
  },
  {
    scope: 'model',
    principal: () => `model:${MODEL}`,
    callers: () => [
      keyed({ body: { model: MODEL } }),
      { device, from: '127.0.98.4', body: { model: MODEL } },
    ],
    status: 402,
    says: everybody('All calls for this model'),
  },
  {
    scope: 'tenant',
    principal: () => `tenant:${TENANT}`,
    callers: () => [keyed(), elsewhere(keyed())],
    status: 402,
    says: new RegExp(`^This tenant has used up its \\w+ today\\. ${RESETS}$`),
  },
  {
    scope: 'cohort',
    principal: () => `cohort:${network}.0/24@${today()}`,
    callers: () => [
      { device, from: `${network}.1` },
      { device, from: '127.0.97.5' },
    ],
    status: 402,
    says: new RegExp(
      `^New visitors from this network, together, have used up their \\w+ today\\. ${RESETS}$`,
    ),
  },
  {
    scope: 'ipWide',
    principal: () => `ip:${network}.0/24`,
    callers: () => [keyed(), keyed({ from: `${network}.200` })],
    status: 402,
    says: new RegExp(`^This network has (made|used) .* today.*\\. ${RESETS}$`),
  },
];

/** Once nothing is on hold, what a budget has used in this unit. */
const counterOf = (principal: string, name = 'requests-day'): Promise<Counter> =>
  poll(`${principal} holds nothing`, async () => {
    const counter = await stack.counter(principal, name);
    return counter.held === 0 ? counter : null;
  });

const quiet = async (): Promise<void> => {
  for (const name of [key.principal, `device:${device.jkt}`]) {
    await poll(`${name} holds nothing`, async () => {
      const { holds } = await stack.principal(name);
      return holds.length === 0;
    });
  }
};

describe.each(SHARED)('the budget of a $scope', (shared) => {
  let principal: string;
  let callers: readonly [Caller, Caller];

  beforeEach(async () => {
    principal = shared.principal();
    callers = shared.callers();
    // Both are known to it, and whatever slices there are have been handed out.
    for (const caller of callers) {
      await servedSoon(stack.gatewayUrl, caller);
    }
    await quiet();
  });

  afterEach(async () => {
    for (const unit of ['requests', 'nanoUsd']) await stack.dropCap(principal, 'day', unit);
  });

  test('refuses exactly at its number of requests, whoever comes, and says no figure', async () => {
    const [first, second] = callers;
    const { used } = await counterOf(principal);
    await stack.setCap(principal, 'day', 'requests', used + 3);
    for (const caller of [first, second, first]) await servedSoon(stack.gatewayUrl, caller);
    await stack.resetEmulator();
    for (const caller of callers) {
      const answer = await call(stack.gatewayUrl, caller);
      const problem = expectProblem(answer, shared.status, 'over_requests');
      expect(problem.scope).toBe(shared.scope);
      expect(problem.detail).toMatch(shared.says);
      if (shared.scope !== 'ipWide') {
        expect(answer.body.toString()).not.toMatch(new RegExp(`\\b${String(used + 3)}\\b of`));
        expect(problem.detail.replace(/ It resets at .*/, '')).not.toMatch(/\d/);
      }
    }
    expect((await stack.ledger()).calls).toEqual([]);
    expect(await counterOf(principal)).toMatchObject({
      scope: shared.scope,
      used: used + 3,
      held: 0,
      cap: used + 3,
      overridden: true,
    });
  });

  test('follows a cap: lowered with the next call, raised soon', async () => {
    const [first, second] = callers;
    const { used, cap: own } = await counterOf(principal);
    await stack.setCap(principal, 'day', 'requests', used);
    expect(await statusOf(stack.gatewayUrl, first)).toBe(shared.status);
    await stack.setCap(principal, 'day', 'requests', used + 1);
    await servedSoon(stack.gatewayUrl, second);
    expect(await statusOf(stack.gatewayUrl, first)).toBe(shared.status);
    await stack.dropCap(principal, 'day', 'requests');
    expect(await counterOf(principal)).toMatchObject({ cap: own, overridden: false });
    await servedSoon(stack.gatewayUrl, first);
    // A stock was handed out by now; the operator's word is worth more than it.
    await stack.setCap(principal, 'day', 'requests', used);
    for (const caller of callers) {
      expect(await statusOf(stack.gatewayUrl, caller)).toBe(shared.status);
    }
    expect(await counterOf(principal)).toMatchObject({ used: used + 2, held: 0 });
  });

  test('shows the operator what calls have used and hold, not what is handed out', async () => {
    for (const unit of ['requests-day', 'nanoUsd-day']) {
      expect((await counterOf(principal, unit)).held).toBe(0);
    }
  });

  test('refuses exactly at its money: the last call is narrowed to it, and the next has none', async () => {
    const [first] = callers;
    const payer = first.key === undefined ? `device:${device.jkt}` : key.principal;
    await stack.script({ firstChunkDelayMs: 60_000 });
    const open: Wire[] = [];
    /** One more call that stays open; null if it was refused instead. */
    const begin = async (): Promise<WireAnswer | null> => {
      const wire = await beginCall(stack.gatewayUrl, first);
      open.push(wire);
      await poll('the call is held or refused', async () => {
        const { holds } = await stack.principal(payer);
        return wire.view() !== null || holds.length === open.length;
      });
      return wire.view();
    };
    const { used } = await counterOf(principal, 'nanoUsd-day');
    await stack.setCap(principal, 'day', 'nanoUsd', used + 100_000_000);
    expect(await begin()).toBeNull();
    const [hold] = (await stack.principal(payer)).holds;
    const whole = hold?.amountNanoUsd ?? Number.NaN;
    await stack.setCap(principal, 'day', 'nanoUsd', used + 2 * whole - 1);
    expect(await stack.counter(principal, 'nanoUsd-day')).toMatchObject({ used, held: whole });
    expect(await begin()).toBeNull();
    expect(await stack.counter(principal, 'nanoUsd-day')).toMatchObject({
      used,
      held: 2 * whole - 1,
    });
    const refused = await begin();
    if (refused === null) throw new Error('a call was held on nothing');
    const problem = expectProblem(refused, 402, 'over_budget');
    expect([problem.scope, problem.detail]).toEqual([shared.scope, like(shared.says)]);
    for (const wire of open) wire.leave('CLOSE');
    await quiet();
  });
});

test('a route’s own number of requests ends that route, and no other', async () => {
  for (let made = 0; made < KEY_REQUESTS_ON_ROUTE; made += 1) {
    expect(await statusOf(stack.gatewayUrl, keyed())).toBe(200);
  }
  const problem = expectProblem(await call(stack.gatewayUrl, keyed()), 402, 'over_requests');
  expect(problem.scope).toBe('key');
  expect(problem.detail).toContain(`${String(KEY_REQUESTS_ON_ROUTE)} requests today`);
  expect(await statusOf(stack.gatewayUrl, keyed({ path: SECOND_PATH }))).toBe(200);
  await quiet();
  const counters = (await stack.principal(key.principal)).counters;
  const used = (name: string): number | undefined =>
    counters.find((counter) => counter.name === name)?.used;
  expect(used('requests-day@chat-completions')).toBe(KEY_REQUESTS_ON_ROUTE);
  expect(used('requests-day')).toBe(KEY_REQUESTS_ON_ROUTE + 1);
});
