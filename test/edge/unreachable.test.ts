// A ledger that cannot be reached: nothing is served that nobody counts, and nothing is charged
// that was not served. A route may name a wallet for such times; then callers with a key are served
// from it, to the last nano-dollar of it and no further. If this breaks, whoever can hurt a ledger
// is served free.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { shardOf } from '../../core/address.ts';
import { inRoot } from '../../local/paths.ts';
import { type Device, makeDevice } from '../support/anonymous.ts';
import { beginCall, call, type Caller } from '../support/callers.ts';
import { decisionOf, requestIdOf } from '../support/chat.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, type Heard } from '../support/problem.ts';
import { SECOND_PATH } from '../support/scopes-policy.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';
import type { Wire } from '../support/wire.ts';

const FROM = '127.0.51.1';
const SHARDS = 4;
const SHARD = `edge:1:${String(shardOf(`ip:${FROM}`, SHARDS))}`;
const WALLET = 'grace:chat-completions';
/** So short that a hold cannot be narrowed. */
const SHORT = { max_tokens: 16 };
const LEASE_AND_MORE_MS = 9_000;

/** As `torture/naive/cut-off.ts` has it, which is checked with the types of workerd. */
type Cut = 'throws' | 'hangs' | 'mute';

let stack: TestStack;
let key: MadeKey;
let device: Device;

beforeAll(async () => {
  stack = await startStack({
    policyFile: inRoot('test/support/grace-policy.ts'),
    entryFile: inRoot('torture/naive/cut-off.ts'),
  });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  key = await stack.makeKey('graced');
  device = await makeDevice();
});

afterEach(() => cutOff({}));

afterAll(() => stack.close());

async function cutOff(cuts: Readonly<Record<string, Cut>>): Promise<void> {
  const url = `${stack.gatewayUrl}/_test/cut`;
  await fetch(url, { method: 'POST', body: JSON.stringify(cuts) });
}

const keyed = (more: Caller = {}): Caller => ({ key: key.key, from: FROM, body: SHORT, ...more });

const deviceShard = (): string => `edge:1:${String(shardOf(`device:${device.jkt}`, SHARDS))}`;

type Account = { readonly used: number; readonly held: number };
const accountOf = (principal: string, name = 'nanoUsd-day'): Promise<Account> =>
  stack.counter(principal, name);

async function eventsOf(event: string, requestId: string): Promise<Record<string, unknown>[]> {
  const log = await readFile(join(stack.stateDirectory, 'gateway.log'), 'utf8');
  return log
    .split('\n')
    .filter((line) => line.startsWith(`{"event":"${event}"`) && line.includes(requestId))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const upstream = async (): Promise<number> => (await stack.ledger()).calls.length;

function expectUnreachable(answer: Heard): void {
  const problem = expectProblem(answer, 503, 'ledger_unreachable');
  expect(problem.retryable).toBe(true);
  expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
}

describe('a ledger that cannot be reached', () => {
  const CUTS: readonly (readonly [string, Cut, () => string, () => Caller])[] = [
    ['the address’s', 'throws', () => SHARD, () => keyed({ path: SECOND_PATH })],
    ['the address’s', 'hangs', () => SHARD, () => keyed({ path: SECOND_PATH })],
    ['the address’s', 'mute', () => SHARD, () => keyed({ path: SECOND_PATH })],
    ['the key’s', 'throws', () => key.principal, () => keyed({ path: SECOND_PATH })],
    ['the key’s', 'mute', () => key.principal, () => keyed({ path: SECOND_PATH })],
    ['the device’s', 'throws', deviceShard, () => ({ device, from: FROM, path: SECOND_PATH })],
    ['the device’s', 'mute', deviceShard, () => ({ device, from: FROM, path: SECOND_PATH })],
    // The route has a wallet, which is not for callers whom anybody can mint.
    ['a stranger’s', 'throws', deviceShard, () => ({ device, from: FROM })],
    ['a stranger’s address’s', 'throws', () => SHARD, () => ({ device, from: FROM })],
  ];

  test.each(CUTS)('(%s, it %s) serves nobody and charges nobody', async (_who, cut, name, of) => {
    const caller = of();
    const principals = [
      ...(caller.key === undefined ? [`device:${device.jkt}`] : [key.principal]),
      `ip:${FROM}`,
      'ip:127.0.51.0/24',
    ];
    const state = (): Promise<Account[]> => Promise.all(principals.map((one) => accountOf(one)));
    const settled = async (): Promise<readonly number[]> => {
      const last = await poll(
        'what was held is settled or given back',
        async () => {
          const now = await state();
          return now.every(({ held }) => held === 0) ? now : null;
        },
        LEASE_AND_MORE_MS,
      );
      return last.map(({ used }) => used);
    };
    const before = await settled();
    const wallet = await accountOf(WALLET, 'nanoUsd-hour');
    await cutOff({ [name()]: cut });
    const answer = await call(stack.gatewayUrl, caller);
    expectUnreachable(answer);
    expect(answer.body.toString()).not.toContain('cut off');
    expect(await upstream()).toBe(0);
    await cutOff({});
    expect(await settled()).toEqual(before);
    expect(await accountOf(WALLET, 'nanoUsd-hour')).toEqual(wallet);
    expect((await call(stack.gatewayUrl, keyed())).status).toBe(200);
  });

  test('that keeps a shared budget stops those who have no slice of it, and nobody else', async () => {
    const stocked = keyed({ path: SECOND_PATH });
    expect((await call(stack.gatewayUrl, stocked)).status).toBe(200);
    const tenant = await stack.makeKey('t', 'cut');
    await cutOff({ global: 'throws', 'tenant:cut': 'throws' });
    expect((await call(stack.gatewayUrl, stocked)).status).toBe(200);
    expectUnreachable(await call(stack.gatewayUrl, { ...stocked, key: tenant.key }));
    expect(await upstream()).toBe(2);
    await cutOff({});
    await poll('the tenant is reached again', async () => {
      return (await call(stack.gatewayUrl, { ...stocked, key: tenant.key })).status === 200;
    });
  });
});

describe('a wallet for the time when ledgers cannot be reached', () => {
  test.each([
    ['address', () => SHARD],
    ['key', () => key.principal],
  ])(
    'serves a caller with a key when the ledger of the %s is away, and says so',
    async (who, name) => {
      const before = await accountOf(WALLET, 'nanoUsd-hour');
      await cutOff({ [name()]: 'throws' });
      const answer = await call(stack.gatewayUrl, keyed());
      expect(answer.status).toBe(200);
      expect(await upstream()).toBe(1);
      // What a wallet of many has left is nobody's business.
      for (const name of ['RateLimit', 'RateLimit-Policy']) {
        expect(answer.headers.get(name)).toBeNull();
      }
      const cost = (await stack.ledger()).billedNanoUsd;
      await poll('the wallet paid', async () => {
        const { used, held } = await accountOf(WALLET, 'nanoUsd-hour');
        return held === 0 && used === before.used + cost;
      });
      const id = requestIdOf(answer);
      await poll('it is in the log', async () => (await eventsOf('call', id)).length === 1);
      expect(await eventsOf('grace-served', id)).toHaveLength(1);
      expect(await eventsOf('call', id)).toEqual([expect.objectContaining({ grace: true })]);
      await cutOff({});
      if (who === 'address') return;
      const record = await decisionOf(stack, id);
      expect(record).toMatchObject({ grace: true, settledNanoUsd: cost });
    },
  );

  test('is not used while ledgers can be reached, or by a route that has none', async () => {
    const before = await accountOf(WALLET, 'nanoUsd-hour');
    const answer = await call(stack.gatewayUrl, keyed());
    expect(answer.status).toBe(200);
    expect(await decisionOf(stack, requestIdOf(answer))).toMatchObject({ grace: false });
    await cutOff({ [SHARD]: 'throws' });
    expectUnreachable(await call(stack.gatewayUrl, keyed({ path: SECOND_PATH })));
    expect(await accountOf(WALLET, 'nanoUsd-hour')).toEqual(before);
  });

  test('is not for dear calls, whoever makes them', async () => {
    await cutOff({ [SHARD]: 'throws' });
    // $0.041 of output at the worst; a cent may be lent.
    const dear = { model: 'gpt-4o', max_tokens: 4_096 };
    expectUnreachable(await call(stack.gatewayUrl, keyed({ body: dear })));
    expect(await upstream()).toBe(0);
    const cheap = { model: 'gpt-4o', max_tokens: 16 };
    expect((await call(stack.gatewayUrl, keyed({ body: cheap }))).status).toBe(200);
  });

  test('does not overrule a ledger that says no', async () => {
    await stack.setCap(key.principal, 'day', 'nanoUsd', 0);
    await cutOff({ [SHARD]: 'throws' });
    expectProblem(await call(stack.gatewayUrl, keyed()), 402, 'over_budget');
    await cutOff({});
    await stack.admin('DELETE', `/keys/${key.id}`);
    await cutOff({ [SHARD]: 'throws' });
    expectProblem(await call(stack.gatewayUrl, keyed()), 401, 'api_key_invalid');
    expect(await upstream()).toBe(0);
  });

  test('pays for exactly its cap, however many come at once; then it is 503', async () => {
    await stack.script({ firstChunkDelayMs: 60_000 });
    const open: Wire[] = [];
    open.push(await beginCall(stack.gatewayUrl, keyed()));
    const hold = await poll('a hold', async () => {
      const [one] = (await stack.principal(key.principal)).holds;
      return one?.amountNanoUsd ?? null;
    });
    const { used } = await accountOf(WALLET, 'nanoUsd-hour');
    await stack.setCap(WALLET, 'hour', 'nanoUsd', used + 3 * hold + hold - 1);
    await cutOff({ [SHARD]: 'throws' });
    await stack.resetEmulator();
    await stack.script({ firstChunkDelayMs: 60_000 });
    const crowd = await Promise.all(
      Array.from({ length: 30 }, () => beginCall(stack.gatewayUrl, keyed())),
    );
    open.push(...crowd);
    await poll('all others are refused', () => {
      return crowd.filter((wire) => wire.view()?.status === 503).length === 27;
    });
    await poll('what it paid for went up', async () => (await upstream()) === 3);
    expect(await accountOf(WALLET, 'nanoUsd-hour')).toMatchObject({ used, held: 3 * hold });
    for (const wire of open) wire.leave('CLOSE');
    await cutOff({});
    const settled = await poll(
      'all is settled',
      async () => {
        const account = await accountOf(WALLET, 'nanoUsd-hour');
        return account.held === 0 ? account : null;
      },
      LEASE_AND_MORE_MS,
    );
    expect(settled.used).toBeGreaterThanOrEqual(used + (await stack.ledger()).billedNanoUsd);
    expect(settled.used).toBeLessThanOrEqual(used + 3 * hold);
    await stack.dropCap(WALLET, 'hour', 'nanoUsd');
  });
});
