// Reserve, settle, release and renew as pages of ledger rows: money on hold counts at once, a hold
// resolves once, a second resolution is a status and changes nothing.

import { describe, expect, it } from 'vitest';
import { emptyHold } from '../../../core/ledger/hold.ts';
import { RESERVE_STATUSES, RESOLVE_STATUSES } from '../../../core/ledger/status.ts';
import { day, holdOf, one, playTable } from './bench-ledger.ts';

describe('a hold on a cap of 1000', () => {
  it('counts at once and becomes what was used', () => {
    expect(
      playTable(
        { parties: one(day(1_000)) },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      1   reserve  h2    300    | 700  0     | held
      2   settle   h1    120    | 300  120   | settled
      3   settle   h2    300    | 0    420   | settled
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('is granted exactly at the cap and refused one nano-dollar over it', () => {
    expect(
      playTable(
        { parties: one(day(1_000)) },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    1001   | 0    0     | over-budget
      0   reserve  h1    1000   | 1000 0     | held
      0   reserve  h2    1      | 1000 0     | over-budget
      1   settle   h1    999    | 0    999   | settled
      2   reserve  h3    2      | 0    999   | over-budget
      2   reserve  h3    1      | 1    999   | held
      3   settle   h3    1      | 0    1000  | settled
      4   reserve  h4    1      | 0    1000  | over-budget
      4   reserve  h5    0      | 0    1000  | held           // nothing more is asked
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('is granted what is left, down to the least that is useful', () => {
    const { bench, mistakes } = playTable(
      { parties: one(day(1_000)) },
      `
      at  do       hold  amount    | held spent | status
      0   reserve  h1    100..400  | 400  0     | held
      0   reserve  h2    100..400  | 800  0     | held
      0   reserve  h3    100..400  | 1000 0     | held           // 200 granted
      0   reserve  h4    1..400    | 1000 0     | over-budget
      1   release  h3    _         | 800  0     | released
      2   reserve  h5    201..400  | 800  0     | over-budget    // one over what is left
      2   reserve  h6    200..400  | 1000 0     | held           // exactly what is left
      `,
    );
    expect(mistakes).toEqual([]);
    expect(holdOf(bench, 'h3')).toMatchObject({
      amountNanoUsd: 200,
      askedNanoUsd: 400,
    });
    expect(holdOf(bench, 'h6')).toMatchObject({ amountNanoUsd: 200, askedNanoUsd: 400 });
  });

  it('records the truth where a settlement passes the hold, and passes the cap with it', () => {
    const { bench, mistakes } = playTable(
      { parties: one(day(1_000)) },
      `
      at  do       hold  amount | held spent | status
      0   reserve  h1    900    | 900  0     | held
      1   settle   h1    1450   | 0    1450  | settled-over-hold
      2   reserve  h2    1      | 0    1450  | over-budget
      `,
    );
    expect(mistakes).toEqual([]);
    expect(holdOf(bench, 'h1').chargedNanoUsd).toBe(1_450);
  });

  it('settles for nothing where an explicit zero is the truth', () => {
    expect(
      playTable(
        { parties: one(day(1_000)) },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    900    | 900  0     | held
      1   settle   h1    0      | 0    0     | settled
      `,
      ).mistakes,
    ).toEqual([]);
  });

  it('is given back whole when it is released', () => {
    expect(
      playTable(
        { parties: one(day(1_000)) },
        `
      at  do       hold  amount | held spent | status
      0   reserve  h1    1000   | 1000 0     | held
      1   release  h1    _      | 0    0     | released
      2   reserve  h2    1000   | 1000 0     | held
      `,
      ).mistakes,
    ).toEqual([]);
  });
});

describe('a hold that is resolved', () => {
  const twice = (first: string, firstSpent: string, status: string): string => `
      at  do       hold  amount | held spent          | status
      0   reserve  h1    400    | 400  0              | held
      1   ${first}   h1    120    | 0    ${firstSpent}  | ${first}d
      2   settle   h1    130    | 0    ${firstSpent}  | ${status}
      3   release  h1    _      | 0    ${firstSpent}  | ${status}
      4   renew    h1    50     | 0    ${firstSpent}  | ${status}
      5   expire   h1    _      | 0    ${firstSpent}  | ${status}
      `;

  it('by settling answers already-settled to everything, and nothing moves', () => {
    const page = twice('settle', '120', 'already-settled');
    expect(playTable({ parties: one(day(1_000)) }, page).mistakes).toEqual([]);
  });

  it('by releasing answers already-released to everything, and nothing moves', () => {
    const page = twice('release', '0', 'already-released');
    expect(playTable({ parties: one(day(1_000)) }, page).mistakes).toEqual([]);
  });

  it('as a tombstone of a refusal answers already-refused and charges nobody', () => {
    const { bench, mistakes } = playTable(
      { parties: one(day(1_000)) },
      `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      `,
    );
    expect(mistakes).toEqual([]);
    bench.holds.set('h1', emptyHold('h1', 'a1', 'refused'));
    expect(
      playTable(
        { parties: one(day(1_000)) },
        `
      at  do       hold  amount | held spent | status
      1   settle   h1    120    | 400  0     | already-refused
      2   release  h1    _      | 400  0     | already-refused
      3   renew    h1    9      | 400  0     | already-refused
      4   expire   h1    _      | 400  0     | already-refused
      `,
        bench,
      ).mistakes,
    ).toEqual([]);
  });
});

describe('renew', () => {
  it('keeps the hold and moves its lease on', () => {
    const { bench, mistakes } = playTable(
      { parties: one(day(1_000)), leaseMs: 10_000 },
      `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      4   renew    h1    100    | 400  0     | renewed
      `,
    );
    expect(mistakes).toEqual([]);
    expect(holdOf(bench, 'h1')).toMatchObject({
      meteredNanoUsd: 100,
      renewedAtMs: 4_000,
      estimated: false,
      leaseEndsAtMs: 14_000,
    });
  });

  it('never shrinks what was metered, and never meters past the hold', () => {
    const { bench, mistakes } = playTable(
      { parties: one(day(1_000)) },
      `
      at  do       hold  amount | held spent | status
      0   reserve  h1    400    | 400  0     | held
      1   renew    h1    300    | 400  0     | renewed
      2   renew    h1    100    | 400  0     | renewed
      `,
    );
    expect(mistakes).toEqual([]);
    expect(holdOf(bench, 'h1').meteredNanoUsd).toBe(300);
    expect(
      playTable(
        { parties: one(day(1_000)) },
        `
      at  do       hold  amount | held spent | status
      3   renew    h1    9999   | 400  0     | renewed
      `,
        bench,
      ).mistakes,
    ).toEqual([]);
    expect(holdOf(bench, 'h1').meteredNanoUsd).toBe(400);
  });

  it('never shortens a lease when the clock steps back', () => {
    const { bench, mistakes } = playTable(
      { parties: one(day(1_000)), leaseMs: 10_000 },
      `
      at   do       hold  amount | held spent | status
      100  reserve  h1    400    | 400  0     | held
      95   renew    h1    10     | 400  0     | renewed
      `,
    );
    expect(mistakes).toEqual([]);
    expect(holdOf(bench, 'h1').leaseEndsAtMs).toBe(110_000);
  });
});

describe('the lists of statuses', () => {
  it('are without repetition, and refusals stand before what is granted', () => {
    expect(new Set(RESERVE_STATUSES).size).toBe(RESERVE_STATUSES.length);
    expect(new Set(RESOLVE_STATUSES).size).toBe(RESOLVE_STATUSES.length);
    expect(RESERVE_STATUSES.at(-1)).toBe('held');
    const money = RESERVE_STATUSES.filter((status) => status.startsWith('over-'));
    expect(money).toEqual(['over-requests', 'over-budget', 'over-concurrency']);
  });
});
