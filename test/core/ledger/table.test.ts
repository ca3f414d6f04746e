// The tables that judge the ledger can themselves fail: a wrong row, a misspelt column and an
// amount that is none are errors, not passes.

import { describe, expect, it } from 'vitest';
import { ledgerTable, tableAmount, tableTimeMs } from '../../support/table.ts';
import { playTable } from './bench-ledger.ts';
import { day, one } from './makers.ts';

const HEADER = 'at do hold amount | held spent | status';

describe('a ledger table', () => {
  it.each([
    ['the held amount', '0 reserve h1 400 | 401 0 | held'],
    ['the spent amount', '0 reserve h1 400 | 400 1 | held'],
    ['the status', '0 reserve h1 400 | 400 0 | settled'],
  ])('names a row that is wrong in %s', (_, row) => {
    const right = '0 reserve h0 0 | 0 0 | held';
    const { mistakes } = playTable({ parties: one(day(1_000)) }, [HEADER, right, row].join('\n'));
    expect(mistakes).toEqual([`${row}   [is 400 0 | held on nanoUsd-day]`]);
  });

  it.each([
    ['an act that does not exist', '0 refund h1 400 | 400 0 | held', 'no such act'],
    ['a hold that was never taken', '0 settle h9 400 | 400 0 | settled', 'hold h9'],
  ])('throws at %s', (_, row, words) => {
    const play = () => playTable({ parties: one(day(1_000)) }, `${HEADER}\n${row}`);
    expect(play).toThrow(words);
  });

  it('reads rows by their columns and leaves comments out', () => {
    const [row] = ledgerTable(`${HEADER}\n  5 settle h1 120 | 0 120 | settled  // a note`);
    expect(row).toMatchObject({ at: '5', do: 'settle', spent: '120', status: 'settled' });
  });

  it.each([`${HEADER}\n1 settle h1 | 0 120 | settled`, 'at do\n1 settle'])(
    'refuses a page that does not fit its columns',
    (page) => {
      expect(() => ledgerTable(page)).toThrow(/row|header/);
    },
  );

  it('reads times in seconds or in UTC, and amounts as one number or a range', () => {
    expect(tableTimeMs('1.5')).toBe(1_500);
    expect(tableTimeMs('1970-01-02T00:00:00')).toBe(86_400_000);
    expect(tableAmount('100..400')).toEqual({ min: 100, max: 400 });
    expect(tableAmount('400')).toEqual({ min: 400, max: 400 });
    expect(() => tableAmount('4OO')).toThrow('not an amount');
    expect(() => tableTimeMs('noon')).toThrow('not a time');
  });
});
