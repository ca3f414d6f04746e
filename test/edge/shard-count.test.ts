// The number of shards changes while money is out: what addresses, devices and networks have used
// goes with them to the nano-dollar, so do the caps an operator set; what was answered before can
// still be explained; a proof is spent once, whichever set of shards it was made for; and calls
// that were in flight are charged. If this breaks, a deployment hands everybody a fresh budget.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { askChallenge, type Device, makeDevice, prove } from '../support/anonymous.ts';
import {
  beginCall,
  call,
  type Caller,
  deviceAwayFrom,
  served,
  statusOf,
} from '../support/callers.ts';
import { CHAT, chatBody, decisionOf, type DecisionRecord, requestIdOf } from '../support/chat.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';

const LEASE_AND_MORE_MS = 9_000;
const NETWORKS = ['127.0.41', '127.0.42', '127.0.43', '127.0.44'] as const;
const today = (): string => new Date().toISOString().slice(0, 10);

let stack: TestStack;

const after = inRoot('test/support/layout-after-policy.ts');

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/layout-before-policy.ts') });
  await stack.script({ chunks: 20, chunkDelayMs: 0 });
});

afterAll(() => stack.close());

type Used = Readonly<Record<string, Readonly<Record<string, number>>>>;

async function usedBy(principals: readonly string[], unsettledMs = 10_000): Promise<Used> {
  const used: Record<string, Record<string, number>> = {};
  for (const principal of principals) {
    const { counters } = await poll(
      `${principal} holds nothing`,
      async () => {
        const view = await stack.principal(principal);
        const own = view.counters.filter(({ name }) => name.startsWith('concurrent'));
        return view.holds.length === 0 && own.every(({ held }) => held === 0) ? view : null;
      },
      unsettledMs,
    );
    used[principal] = Object.fromEntries(counters.map((one) => [one.name, one.used]));
  }
  return used;
}

describe('when the number of shards changes', () => {
  let key: MadeKey;
  let devices: readonly Device[];
  let principals: readonly string[];
  let cohorts: readonly string[];
  let before: Used;
  let records: readonly DecisionRecord[];
  /** Proofs for both sets: made before the change, and sent before or after it. */
  let spentBefore: Record<string, string>;
  let unspent: Record<string, string>;
  let inFlight: { hold: number; principals: readonly string[]; billed: number; used: Used };

  const spend = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${stack.gatewayUrl}${CHAT}`, { method: 'POST', headers, body: chatBody() });

  const callersOf = (network: string, device: Device): readonly Caller[] => [
    { key: key.key, from: `${network}.1` },
    { device, from: `${network}.2` },
    { device, from: `${network}.2` },
  ];

  beforeAll(async () => {
    key = await stack.makeKey('moving', 'acme');
    devices = await Promise.all(NETWORKS.map((network) => deviceAwayFrom(`${network}.2`, 2)));
    cohorts = NETWORKS.map((network) => `cohort:${network}.0/24@${today()}`);
    principals = [
      key.principal,
      ...NETWORKS.flatMap((one) => [`ip:${one}.1`, `ip:${one}.2`, `ip:${one}.0/24`]),
      ...devices.map(({ jkt }) => `device:${jkt}`),
      'global',
      'tenant:acme',
      'route:chat-completions',
      'model:gpt-4o-mini',
    ];
    const ids: string[] = [];
    for (const [index, network] of NETWORKS.entries()) {
      for (const caller of callersOf(network, devices[index] ?? (await makeDevice()))) {
        ids.push(requestIdOf(await served(stack.gatewayUrl, caller)));
      }
    }
    records = await Promise.all(ids.map((id) => decisionOf(stack, id)));
    await stack.setCap('ip:127.0.41.1', 'day', 'nanoUsd', 5_000_000);
    await stack.setCap(`device:${devices[1]?.jkt ?? ''}`, 'day', 'requests', 2);
    await stack.setCap(cohorts[2] ?? '', 'day', 'requests', 3);
    const device = await makeDevice();
    const wish = { path: CHAT, jkt: device.jkt };
    spentBefore = await prove(await askChallenge(stack.gatewayUrl, wish), chatBody(), device);
    unspent = await prove(await askChallenge(stack.gatewayUrl, wish), chatBody(), device);
    const first = await spend(spentBefore);
    if (!first.ok) throw new Error(await first.text());
    before = await usedBy([...principals, ...cohorts]);

    const traveller = await makeDevice();
    const mine = ['ip:127.0.45.3', `device:${traveller.jkt}`];
    await stack.script({ chunks: 2_000, chunkDelayMs: 10 });
    await stack.resetEmulator();
    await stack.script({ chunks: 2_000, chunkDelayMs: 10 });
    const wire = await beginCall(stack.gatewayUrl, {
      device: traveller,
      from: '127.0.45.3',
      body: { stream: true },
    });
    await poll('some of the answer', async () => {
      return ((await stack.ledger()).calls[0]?.outputTokens ?? 0) >= 20;
    });
    const [hold] = (await stack.principal(mine[0] ?? '')).holds;
    await stack.restartWith(after);
    await poll('the caller is cut off', () => wire.closed());
    const billed = (await stack.ledger()).billedNanoUsd;
    await stack.resetEmulator();
    await stack.script({ chunks: 20, chunkDelayMs: 0 });
    // The first question to the new set comes while the old one still holds the money.
    const used = Object.fromEntries(
      await Promise.all(
        mine.map(async (one): Promise<[string, Record<string, number>]> => {
          const { counters } = await stack.principal(one);
          return [one, Object.fromEntries(counters.map((c) => [c.name, c.used + c.held]))];
        }),
      ),
    );
    inFlight = { hold: hold?.amountNanoUsd ?? Number.NaN, principals: mine, billed, used };
  });

  test('a call in flight counts as its hold at once, and as what it came to after its lease', async () => {
    for (const principal of inFlight.principals) {
      // It may have grown since it was looked at.
      expect(inFlight.used[principal]?.['nanoUsd-day']).toBeGreaterThanOrEqual(inFlight.hold);
      const { used } = await poll(
        `${principal} holds nothing any more`,
        async () => {
          const [counter, view] = [
            await stack.counter(principal, 'nanoUsd-day'),
            await stack.principal(principal),
          ];
          return counter.held === 0 && view.holds.length === 0 ? counter : null;
        },
        LEASE_AND_MORE_MS,
      );
      expect(used).toBeGreaterThanOrEqual(inFlight.billed);
      expect(used).toBeLessThanOrEqual(inFlight.used[principal]?.['nanoUsd-day'] ?? 0);
      expect((await stack.counter(principal, 'requests-day')).used).toBe(1);
    }
  });

  test('what everybody has used is what it was, in every counter', async () => {
    const used = await usedBy([...principals, ...cohorts]);
    for (const shared of ['global', 'route:chat-completions', 'model:gpt-4o-mini']) {
      // The call in flight is in these as well, once its lease is over there.
      const expected = (before[shared]?.['requests-day'] ?? 0) + 1;
      await poll(`${shared} counts the call in flight`, async () =>
        (await stack.counter(shared, 'requests-day')).used === expected ? true : null,
      );
    }
    for (const principal of principals.filter((one) => !/^(global|route|model)/.test(one))) {
      expect([principal, used[principal]]).toEqual([principal, before[principal]]);
    }
    // Of what is spent in slices, a stock that was out counts as used: never less than it was.
    for (const cohort of cohorts) {
      for (const [name, amount] of Object.entries(before[cohort] ?? {})) {
        expect(used[cohort]?.[name]).toBeGreaterThanOrEqual(amount);
      }
    }
  });

  test('caps that an operator set are still set, and refuse', async () => {
    const capped = await stack.counter('ip:127.0.41.1', 'nanoUsd-day');
    expect([capped.cap, capped.overridden]).toEqual([5_000_000, true]);
    const caller = { device: devices[1] ?? (await makeDevice()), from: '127.0.42.2' };
    const refused = expectProblem(await call(stack.gatewayUrl, caller), 402, 'over_requests');
    expect(refused.scope).toBe('device');
  });

  test('a cohort whose budget is used up stays so, wherever its ledgers are now', async () => {
    await stack.setCap(cohorts[3] ?? '', 'day', 'requests', 2);
    for (const index of [2, 3]) {
      const device = devices[index];
      if (device === undefined) throw new Error('no device');
      const known = await call(stack.gatewayUrl, { device, from: '127.0.46.1' });
      if (index === 2) expect([200, 402]).toContain(known.status);
      else expect(expectProblem(known, 402, 'over_requests').scope).toBe('cohort');
    }
    const again = await call(stack.gatewayUrl, {
      device: devices[2] as Device,
      from: '127.0.47.1',
    });
    expect(expectProblem(again, 402, 'over_requests').scope).toBe('cohort');
  });

  test('a request from before is still explained, and can still be given back', async () => {
    for (const record of records) {
      expect(record.requestId).toMatch(/\.1-[01]$/);
      expect(await decisionOf(stack, record.requestId)).toEqual(record);
    }
    const [first] = records;
    if (first === undefined) throw new Error('no record');
    const home = [first.principal, first.ip];
    const was = await usedBy(home);
    const body = { id: 'after-the-move', nanoUsd: 10, reason: 'r' };
    await stack.admin('POST', `/requests/${first.requestId}/refunds`, body);
    const is = await usedBy(home);
    for (const principal of home) {
      const given = (was[principal]?.['nanoUsd-day'] ?? 0) - (is[principal]?.['nanoUsd-day'] ?? 0);
      expect([principal, given]).toEqual([principal, 10]);
    }
  });

  test('a proof from before is spent once: before the change, or after it, never twice', async () => {
    expectProblem(await heard(await spend(spentBefore)), 403, 'proof_rejected');
    const answers = await Promise.all(Array.from({ length: 10 }, () => spend(unspent)));
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 403)]);
    expectProblem(await heard(await spend(unspent)), 403, 'proof_rejected');
    expect((await stack.ledger()).calls.length).toBeGreaterThan(0);
  });

  test('the new set goes on as if nothing had happened, and over another restart', async () => {
    const caller: Caller = { key: key.key, from: '127.0.43.1' };
    const was = await usedBy(['ip:127.0.43.1']);
    expect(await statusOf(stack.gatewayUrl, caller)).toBe(200);
    const once = await usedBy(['ip:127.0.43.1']);
    expect(once['ip:127.0.43.1']?.['requests-day']).toBe(
      (was['ip:127.0.43.1']?.['requests-day'] ?? Number.NaN) + 1,
    );
    await stack.restart();
    expect(await usedBy(['ip:127.0.43.1'])).toEqual(once);
  });
});
