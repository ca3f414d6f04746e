// Counters of a shared budget, where the cap is what the root has granted so far. What breaks if
// this fails: a call is refused for want of a slice that the root would have granted, or spends
// what nobody granted.

import { describe, expect, it } from 'vitest';
import { extend } from '../../../core/ledger/ledger.ts';
import { accountWith, day, granted, openHold, partyOf, refused, requests } from './makers.ts';

const own = partyOf('device:d', [day(1_000)]);
const slice = (cell: Parameters<typeof accountWith>[1], cap = 1_000_000) =>
  partyOf('global', [day(cap)], { account: accountWith('nanoUsd-day', cell), sliced: true });

describe('a slice', () => {
  it.each([
    // granted, returned, used, held, then what is left
    [400, 0, 0, 0, 400],
    [500, 100, 0, 0, 400],
    [700, 100, 150, 50, 400],
  ])('of %d, less %d given back, %d used and %d on hold, gives %d', (...figures) => {
    const [grantedSum, returned, used, held, left] = figures;
    const party = slice({ granted: grantedSum, returned, used, held });
    expect(granted([party], {}, 0, 'short').hold.amounts.nanoUsd).toBe(left);
    const ask = { amounts: { nanoUsd: left + 1 }, least: {} };
    expect(refused([party], ask, 0, 'final')).toMatchObject({
      status: 'over-budget',
      principal: 'global',
      sliced: true,
      counter: { used, held, cap: grantedSum - returned },
    });
  });

  it('gives less than everything only once the roots have been asked', () => {
    const parties = [slice({ granted: 399 })];
    expect(refused(parties, {}, 0, 'short')).toMatchObject({ sliced: true });
    expect(granted(parties, {}, 0, 'final').hold.amounts.nanoUsd).toBe(399);
    expect(granted([slice({ granted: 400 })], {}, 0, 'short').hold.amounts.nanoUsd).toBe(400);
    expect(refused([slice({ granted: 99 })], {}, 0, 'final')).toMatchObject({ sliced: true });
    expect(granted([slice({ granted: 100 })], {}, 0, 'final').hold.amounts.nanoUsd).toBe(100);
  });

  it('does not keep an own counter from giving the least before the roots are asked', () => {
    const narrow = partyOf('device:d', [day(150)]);
    const outcome = granted([narrow, slice({ granted: 400 })], {}, 0, 'short');
    expect(outcome.hold.amounts.nanoUsd).toBe(150);
  });

  it('that nobody granted gives nothing, whatever the cap is', () => {
    expect(refused([slice({})], { least: { nanoUsd: 1 } })).toMatchObject({ counter: { cap: 0 } });
  });

  it('is looked at after every own counter, whatever its unit', () => {
    const shared = partyOf('global', [requests(9)], { sliced: true });
    const poor = partyOf('device:d', [day(99)]);
    expect(refused([shared, own], {}, 0, 'final').principal).toBe('global');
    expect(refused([shared, poor], {}, 0, 'final')).toMatchObject({
      status: 'over-budget',
      principal: 'device:d',
      sliced: false,
    });
  });

  it('grants each call the least of the slice and of its own counters', () => {
    const { hold, accounts } = granted([own, slice({ granted: 250 })]);
    expect(hold.amounts.nanoUsd).toBe(250);
    expect(accounts[1]?.cells['nanoUsd-day']?.[0]).toEqual({
      windowId: 0,
      used: 0,
      held: 250,
      granted: 250,
    });
  });

  it('extends a hold by what the root has granted, and no further', () => {
    const party = slice({ granted: 500, held: 400 });
    const hold = openHold();
    const { principal, ...rest } = { ...hold.accounts[0], principal: 'global', root: 'global' };
    const ofSlice = { ...hold, accounts: [{ taken: [], ...rest, principal }] };
    expect(extend(ofSlice, [party], { nanoUsd: 501 }, 0)).toMatchObject({
      status: 'over-budget',
      sliced: true,
    });
    const outcome = extend(ofSlice, [party], { nanoUsd: 500 }, 0);
    expect(outcome).toMatchObject({ status: 'extended', hold: { amounts: { nanoUsd: 500 } } });
    // Where it came from stays known: a refund must not touch a slice.
    expect(outcome).toMatchObject({
      hold: { accounts: [{ principal: 'global', root: 'global' }] },
    });
  });
});
