// The account of a run in a real object: closed and settled by marks that outlive its memory, and
// forgotten like a purse. What breaks if this fails: a step begins behind the end of its run, or
// every call of an app's server leaves a row for ever.

import { beforeEach, expect, it } from 'vitest';
import { CLOSED_CAP, MONEY, SETTLED_CAP, stepAsk } from '../../core/run/account.ts';
import {
  advance,
  ask,
  extend,
  extending,
  freshPrincipal,
  ledgerOf,
  NOON_MS,
  own,
  reserve,
  setCap,
  setClock,
  settling,
  tell,
} from './ledger-harness.ts';
import { inObject } from './rows-harness.ts';

const HOUR_MS = 3_600_000;
const CAP = 1_000;

beforeEach(() => {
  setClock(NOON_MS);
});

const ticketOf = (principal: string) => ({
  id: principal.slice('run:'.length),
  home: 'edge:1:0',
  nanoUsdMax: CAP,
  outputTokensMax: 1,
  stepsMax: 8,
  toolCallsMax: 8,
  expiresAtSeconds: 1,
});

const stepOf = (run: string, nanoUsd: number, agentSteps = 1) => {
  const step = ask(run, { nanoUsd });
  const amounts = { nanoUsd, agentSteps };
  return { ...step, amounts, accounts: [stepAsk(ticketOf(run))] };
};

it.each([CLOSED_CAP, SETTLED_CAP])(
  'behind the mark %i no step begins and none grows',
  async (mark) => {
    const run = freshPrincipal('run:');
    const ledger = ledgerOf(freshPrincipal());
    const open = stepOf(run, 100);
    expect(await reserve(ledger, open)).toMatchObject({ status: 'held' });
    expect(await extend(ledger, extending(open, { nanoUsd: 200 }))).toBe('extended');
    await setCap(ledger, run, mark, MONEY);
    expect(await reserve(ledger, stepOf(run, 0))).toMatchObject({
      status: 'over-budget',
      counter: { principal: run, cap: mark },
    });
    expect(await extend(ledger, extending(open, { nanoUsd: 201 }))).toBe('over-budget');
    // What was open ends as it is.
    expect(await tell(ledger, settling(open, 150, { agentSteps: 1 }))).toBe('settled');
  },
);

it.each([CLOSED_CAP, SETTLED_CAP])(
  'the mark %i of a run that made no step outlives the alarm behind it',
  async (mark) => {
    const run = freshPrincipal('run:');
    const ledger = ledgerOf(freshPrincipal());
    await setCap(ledger, run, mark, MONEY);
    for (const hours of [0, 24]) {
      advance(hours * HOUR_MS);
      await inObject(ledger, (instance) => instance.alarm());
      expect(await reserve(ledger, stepOf(run, 0))).toMatchObject({ status: 'over-budget' });
    }
  },
);

it('a run leaves no row behind two days later, although a cap of ours ended it', async () => {
  const principal = freshPrincipal();
  const run = freshPrincipal('run:');
  const ledger = ledgerOf(principal);
  const step = stepOf(run, 100);
  await reserve(ledger, step);
  await tell(ledger, settling(step, 100));
  await setCap(ledger, run, SETTLED_CAP, MONEY);
  const rows = (): Promise<string[]> =>
    inObject(ledger, (_instance, state) =>
      state.storage.sql
        .exec<{ subject: string }>(`SELECT subject FROM side WHERE kind = 'account'`)
        .toArray()
        .map(({ subject }) => subject),
    );
  const day = [{ window: 'day', unit: 'nanoUsd', cap: 1_000_000 }] as const;
  /** A call, and the alarm behind it, which writes down what is known and sweeps. */
  const tidy = async (): Promise<void> => {
    const passing = ask(principal, { accounts: [own(principal, day)], nanoUsd: 1 });
    await reserve(ledger, passing);
    await tell(ledger, settling(passing, 1));
    for (let alarms = 0; alarms < 3; alarms += 1) {
      await inObject(ledger, (instance) => instance.alarm());
    }
  };
  await tidy();
  expect(await rows()).toContain(run);
  advance(49 * HOUR_MS);
  await tidy();
  expect(await rows()).toEqual([principal]);
});
