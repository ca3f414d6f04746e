// What must be true when everything has come to rest: nothing on hold, nobody charged less than the
// truth, every slice back at its root.

import type { Account } from '../core/ledger/account.ts';
import { KEPT_MS } from '../durable-objects/side-table.ts';
import type { Host } from './host.ts';
import type { Statement } from '../core/reconcile/statement.ts';
import { kindOf } from './policy.ts';
import type { SimulatedLedger } from './port.ts';
import type { Town } from './town.ts';

/** Longer than an alarm is ever late. */
const QUIET_MS = 4 * 3_600_000;
const STEPS_MAX = 10_000;

async function rest(town: Town): Promise<void> {
  for (let step = 0; step < STEPS_MAX && (await town.step()); step += 1);
}

function ask(
  town: Town,
  address: string,
  label: string,
  run: (ledger: SimulatedLedger) => Promise<unknown>,
): void {
  town.network.send(address, { label, message: null, run }, () => undefined);
}

/** Leases end by time; then an alarm or anything else finds them. */
async function lookAtAll(town: Town): Promise<void> {
  town.wait(town.policy.leaseMs + QUIET_MS);
  for (const host of town.hosts.values()) {
    host.endStale();
    host.clock.correct();
    ask(town, host.address, 'alarm', (ledger) => ledger.alarm());
  }
  await rest(town);
}

function nothingHeld(town: Town): void {
  const { auditor } = town;
  for (const host of town.hosts.values()) {
    const open = [...auditor.ward(host.address).open.keys()];
    auditor.expect(
      open.length === 0,
      'in the end nothing is on hold',
      () => `${host.address} ${open.join(' ')}`,
    );
  }
}

function nobodyChargedLess(town: Town): void {
  const { auditor } = town;
  for (const { errand, addresses, forwardedAtMs, cost, isTold, isFast } of auditor.calls) {
    // A stream faster than the bound, whose Worker died, is charged by the bound.
    if (forwardedAtMs === null || (isFast && !isTold)) continue;
    for (const address of addresses) {
      const hold = auditor.ward(address).holds.get(errand.key);
      if (hold?.attempt !== errand.attempt) continue;
      if (auditor.clockWasTurned(address)) continue;
      const charged = (hold.charged.nanoUsd ?? 0) + auditor.adjustments.late(address, errand.key);
      const truth = Math.min(cost, hold.amounts.nanoUsd ?? 0);
      auditor.expect(
        charged >= truth,
        'every forwarded call is charged at least what it cost',
        () => JSON.stringify({ address, charged, cost, isTold, hold }),
      );
    }
  }
}

const leasedOf = (account: Account): string[] =>
  Object.entries(account.cells).flatMap(([name, cells]) =>
    cells.flatMap((cell) =>
      (cell.leased ?? 0) > 0 ? [`${name} ${String(cell.windowId)} ${String(cell.leased)}`] : [],
    ),
  );

const ROOTS = ['global', 'route:chat', 'model:small', 'model:large'];

/** After a collection the root has all that nobody used, and knows all that was. */
async function slicesComeBack(town: Town): Promise<void> {
  const { auditor, policy, layout } = town;
  for (const principal of ROOTS) {
    if (!town.hosts.has(principal)) continue;
    const [limit] = policy.limits[kindOf(principal)];
    if (limit === undefined) continue;
    const message = { principal, window: limit.window, unit: limit.unit, cap: null };
    const place = { self: principal, layout };
    ask(town, principal, 'view', (ledger) => ledger.view(place, principal, []));
    await rest(town);
    ask(town, principal, 'setCap', (ledger) => ledger.setCap(place, message));
    await rest(town);
    const host: Host = town.host(principal);
    const account = (await host.start()).ledger.account(principal);
    const left = leasedOf(account);
    auditor.expect(
      left.length === 0,
      'in the end every slice is back at its root',
      () => `${principal}: ${left.join(', ')}`,
    );
    for (const [name, cells] of Object.entries(account.cells)) {
      for (const { windowId, used } of cells) {
        const spent = auditor.spentEverywhere(principal, name, windowId);
        auditor.expect(spent === null || used === spent, 'a root knows all that was used', () =>
          JSON.stringify({ principal, name, windowId, used, spent }),
        );
      }
    }
  }
}

const DAY_MS = 86_400_000;
/** How far ahead an object's clock may have been when it swept. */
const CLOCK_DAYS_MAX = 60;

/** What a day and model came to, to compare with a bill. */
async function totalsAreRight(town: Town): Promise<void> {
  for (const host of town.hosts.values()) {
    const { bill } = town.auditor.ward(host.address);
    let statements: readonly Statement[] = [];
    ask(town, host.address, 'statements', async (ledger) => {
      statements = await ledger.statements('2000-01-01', '2100-01-01');
    });
    await rest(town);
    for (const { day, provider, model, calls, nanoUsd, adjustmentsNanoUsd } of statements) {
      const mine = bill.at(day, `${provider}/${model}`);
      town.auditor.expect(
        mine.calls === calls &&
          mine.nanoUsd === nanoUsd &&
          mine.adjustmentsNanoUsd === adjustmentsNanoUsd,
        'a statement is the sum of its calls',
        () =>
          `${host.address} ${day} ${JSON.stringify({ mine, calls, nanoUsd, adjustmentsNanoUsd })}`,
      );
    }
    // Older ones are swept, by a clock that may have been ahead for a while.
    const sinceMs = Math.max(town.nowMs, host.nowMs()) - KEPT_MS + CLOCK_DAYS_MAX * DAY_MS;
    const since = new Date(sinceMs).toISOString().slice(0, 10);
    const [found, made] = [
      statements.filter(({ day }) => day >= since).length,
      bill.sizeSince(since),
    ];
    town.auditor.expect(
      found === made,
      'every call is in a statement',
      () => `${host.address} ${String(found)} of ${String(made)} since ${since}`,
    );
  }
}

export async function finalChecks(town: Town): Promise<void> {
  await lookAtAll(town);
  nothingHeld(town);
  nobodyChargedLess(town);
  await slicesComeBack(town);
  await totalsAreRight(town);
  const [failure] = town.failures;
  town.auditor.expect(failure === undefined, 'no turn fails', () => failure ?? '');
}
