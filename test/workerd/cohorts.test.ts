// The purse of all devices that first appeared in one network on one day. A device stays in the
// purse it was born into, wherever it is used from. If this fails, a thief mints devices in one
// network and spends each of them afresh in the next.

import { beforeEach, expect, it } from 'vitest';
import { cohortPrincipal } from '../../core/address.ts';
import type { Limit } from '../../core/ledger/account.ts';
import type { ReserveMessage } from '../../core/ledger/messages.ts';
import { advance, ask, freshPrincipal, NOON_MS, own, setClock } from './ledger-harness.ts';
import { settling, shardNamed, tell, view } from './ledger-harness.ts';
import { inObject, storeOf } from './rows-harness.ts';
import { homeOf, through } from './shared-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const PURSE: readonly Limit[] = [{ window: 'lifetime', unit: 'nanoUsd', cap: 250 }];

/** A device that lives in another object than this network's purse. */
function deviceAwayFrom(cohort: string): string {
  for (;;) {
    const device = freshPrincipal('device:');
    if (homeOf(device) !== homeOf(cohort)) return device;
  }
}

let networks = 0;
const freshNetwork = (): string => {
  networks += 1;
  return cohortPrincipal(`ip:203.0.${String(networks)}.7`, NOON_MS);
};

const callOf = (device: string, cohort: string): ReserveMessage =>
  ask([], {
    leaseMs: 60_000,
    accounts: [{ ...own(device), birth: { cohort, limits: PURSE } }],
  });

const purseOf = async (cohort: string) =>
  (await view(shardNamed(homeOf(cohort)), cohort, PURSE)).counters[0];

it('is charged by a device of another shard, and seen exactly where it is kept', async () => {
  const cohort = freshNetwork();
  const device = deviceAwayFrom(cohort);
  const call = callOf(device, cohort);
  expect((await through(homeOf(device), call)).status).toBe('held');
  await tell(shardNamed(homeOf(device)), settling(call, 40));
  expect(await purseOf(cohort)).toMatchObject({ used: 40 });
});

it('is charged by a device that was born in it and is used from another network', async () => {
  const [born, elsewhere] = [freshNetwork(), freshNetwork()];
  const device = deviceAwayFrom(born);
  for (const cohort of [born, elsewhere, elsewhere]) {
    const call = callOf(device, cohort);
    advance(1_000);
    await through(homeOf(device), call);
    await tell(shardNamed(homeOf(device)), settling(call, 50));
  }
  expect(await purseOf(born)).toMatchObject({ used: 150 });
  expect(await purseOf(elsewhere)).toMatchObject({ used: 0, held: 0 });
});

it('is remembered by the device after its object lost its memory', async () => {
  const [born, elsewhere] = [freshNetwork(), freshNetwork()];
  const device = deviceAwayFrom(born);
  await through(homeOf(device), callOf(device, born));
  await inObject(shardNamed(homeOf(device)), (_instance, state) => {
    state.abort('the machine is gone');
  }).catch(() => undefined);
  await through(homeOf(device), callOf(device, elsewhere));
  const remembered = await inObject(
    shardNamed(homeOf(device)),
    (instance) => storeOf(instance).account(device).cohort,
  );
  expect(remembered).toBe(born);
});

it('refuses all its devices together when it is empty, in whatever shards they live', async () => {
  const cohort = freshNetwork();
  let held = 0;
  for (let devices = 0; devices < 12; devices += 1) {
    const device = freshPrincipal('device:');
    const { status } = await through(homeOf(device), callOf(device, cohort));
    if (status === 'held') held += 1;
    else expect(status).toBe('over-budget');
    advance(1_000);
  }
  expect(held).toBe(2);
});

it('refuses a device as one of its cohort only, and not of the device', async () => {
  const cohort = freshNetwork();
  const device = deviceAwayFrom(cohort);
  await through(homeOf(device), callOf(device, cohort));
  await through(homeOf(device), callOf(device, cohort));
  const reply = await through(homeOf(device), callOf(device, cohort));
  expect(reply).toMatchObject({ status: 'over-budget', counter: { principal: cohort } });
});
