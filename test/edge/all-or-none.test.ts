// A call is charged in every budget it meets or in none. Each budget in turn is full, and the call
// that it refuses leaves nothing used and nothing on hold in any other. If this breaks, whoever is
// refused pays, or a stranger at a full budget eats up everybody else's.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { type Device, makeDevice } from '../support/anonymous.ts';
import { call, type Caller, served } from '../support/callers.ts';
import { poll } from '../support/poll.ts';
import { expectProblem } from '../support/problem.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';

const HOME = '127.0.81.1';
const AWAY = '127.0.82.1';
const today = (): string => new Date().toISOString().slice(0, 10);

let stack: TestStack;
let key: MadeKey;
let device: Device;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/scopes-policy.ts') });
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  key = await stack.makeKey('server', 'acme');
  device = await makeDevice();
});

beforeEach(() => stack.resetEmulator());

afterAll(() => stack.close());

const KEYED = ['key', 'ip', 'ipWide', 'tenant', 'route', 'model', 'global'] as const;
const PROVEN = ['device', 'cohort', 'ip', 'ipWide', 'route', 'model', 'global'] as const;
type Name = (typeof KEYED)[number] | (typeof PROVEN)[number];

/** Both callers call from away; the device was first seen at home. */
const principalOf = (name: Name): string =>
  ({
    key: key.principal,
    device: `device:${device.jkt}`,
    ip: `ip:${AWAY}`,
    ipWide: 'ip:127.0.82.0/24',
    cohort: `cohort:127.0.81.0/24@${today()}`,
    tenant: 'tenant:acme',
    route: 'route:chat-completions',
    model: 'model:gpt-4o-mini',
    global: 'global',
  })[name];

type State = Readonly<Record<string, { readonly used: number }>>;

const SHARED: readonly Name[] = ['cohort', 'tenant', 'route', 'model', 'global'];

/** Every counter of every budget, once nothing is on hold for the caller. */
async function settled(names: readonly Name[]): Promise<Readonly<Record<string, State>>> {
  return poll('nothing on hold', async () => {
    const states: Record<string, State> = {};
    for (const name of names) {
      const { counters } = await stack.principal(principalOf(name));
      // Of a shared one there may be slices out; they are called back at the end.
      if (!SHARED.includes(name) && counters.some(({ held }) => held !== 0)) return null;
      states[name] = Object.fromEntries(
        counters.map((counter) => [counter.name, { used: counter.used }]),
      );
    }
    return states;
  });
}

const CALLERS = [
  { who: 'a server', names: KEYED, caller: (): Caller => ({ key: key.key, from: AWAY }) },
  { who: 'a device', names: PROVEN, caller: (): Caller => ({ device, from: AWAY }) },
] as const;

const FULL = CALLERS.flatMap(({ who, names, caller }) =>
  names.flatMap((name) =>
    (['requests', 'nanoUsd'] as const).map((unit) => ({ who, name, unit, names, caller })),
  ),
);

describe('a call', () => {
  beforeAll(() => served(stack.gatewayUrl, { device, from: HOME }));

  test.each(CALLERS)('of $who is counted once in each of $names', async ({ names, caller }) => {
    const before = await settled(names);
    const answer = await call(stack.gatewayUrl, caller());
    expect(answer.status).toBe(200);
    const cost = Number(answer.headers.get('Weighbridge-Cost-NanoUsd'));
    expect(cost).toBe((await stack.ledger()).billedNanoUsd);
    const after = await settled(names);
    for (const name of names) {
      for (const [unit, more] of [
        ['requests-day', 1],
        ['nanoUsd-day', cost],
      ] as const) {
        const used = (after[name]?.[unit]?.used ?? 0) - (before[name]?.[unit]?.used ?? 0);
        expect([name, unit, used]).toEqual([name, unit, more]);
      }
    }
  });

  test.each(FULL)(
    'of $who that the $unit of the $name refuse leaves nothing in any other',
    async ({ name, unit, names, caller }) => {
      await poll('it is served', async () => {
        return (await call(stack.gatewayUrl, caller())).status === 200;
      });
      await stack.resetEmulator();
      const before = await settled(names);
      const { used } = before[name]?.[`${unit}-day`] ?? { used: Number.NaN };
      await stack.setCap(principalOf(name), 'day', unit, used);
      const answer = await call(stack.gatewayUrl, caller());
      await stack.dropCap(principalOf(name), 'day', unit);
      const code = unit === 'requests' ? 'over_requests' : 'over_budget';
      expect(expectProblem(answer, 402, code).scope).toBe(name);
      expect((await stack.ledger()).calls).toEqual([]);
      expect(await settled(names)).toEqual(before);
    },
  );
});

test('after all of them nothing is on hold anywhere, once every slice is called back', async () => {
  for (const name of new Set([...KEYED, ...PROVEN])) {
    const principal = principalOf(name);
    for (const unit of ['requests', 'nanoUsd']) {
      const { used, cap } = await stack.counter(principal, `${unit}-day`);
      await stack.setCap(principal, 'day', unit, cap);
      const after = await stack.counter(principal, `${unit}-day`);
      expect([principal, after.used, after.held]).toEqual([principal, used, 0]);
      await stack.dropCap(principal, 'day', unit);
    }
  }
});
