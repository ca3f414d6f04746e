// Holds that stand for something else than money, what is said of a call whose Worker died, and the
// totals of a day. What breaks if this fails: a late reserve finds its key free, or a bill that
// cannot be explained.

import { describe, expect, it } from 'vitest';
import { emptyHold, recordOfExpired } from '../../../core/ledger/hold.ts';
import { addTo, emptyStatement, statementDay } from '../../../core/ledger/statement.ts';
import { openHold } from './makers.ts';

describe('an empty hold', () => {
  it.each(['refused', 'released'] as const)('takes a key as %s, and nothing else', (status) => {
    expect(emptyHold('k', 'a', status, 77)).toEqual({
      key: 'k',
      attempt: 'a',
      status,
      accounts: [],
      amounts: {},
      asked: {},
      metered: {},
      produciblePerSecond: {},
      reservedAtMs: 77,
      renewedAtMs: 77,
      leaseEndsAtMs: 77,
      charged: {},
      resolvedAtMs: 77,
      estimated: false,
      label: null,
    });
  });
});

describe('the record of a call whose Worker died', () => {
  const expired = openHold({
    key: 'k',
    status: 'expired',
    charged: { nanoUsd: 170 },
    estimated: true,
    renewedAtMs: 5,
    leaseEndsAtMs: 15,
    resolvedAtMs: 99,
  });

  it('says what the ledger knows', () => {
    expect(JSON.parse(recordOfExpired(expired) ?? '')).toEqual({
      requestId: 'k.a1',
      decision: 'allow',
      principals: ['device:d'],
      gates: [],
      heldNanoUsd: 400,
      settledNanoUsd: 170,
      usageSource: 'counted',
      estimated: true,
      usage: null,
      ending: 'lease-expired',
      renewedAtMs: 5,
      endedAtMs: 15,
    });
    const free = recordOfExpired({ ...expired, amounts: {}, charged: {} }) ?? '';
    expect(JSON.parse(free)).toMatchObject({ heldNanoUsd: 0, settledNanoUsd: 0 });
  });

  it('is only there for one that expired', () => {
    for (const status of ['held', 'settled', 'released', 'refused'] as const) {
      expect(recordOfExpired({ ...expired, status })).toBeNull();
    }
    expect(recordOfExpired(null)).toBeNull();
  });
});

describe('a statement', () => {
  const empty = emptyStatement('2026-11-21', 'open/family/model');
  const charged = {
    nanoUsd: 170,
    inputTokens: 11,
    cachedInputTokens: 3,
    cacheWriteTokens: 2,
    outputTokens: 7,
  };

  it('is of the UTC day in which the call was reserved', () => {
    const dayAt = (time: string) => statementDay({ reservedAtMs: Date.parse(`${time}Z`) });
    expect(dayAt('2026-11-21T23:59:59.999')).toBe('2026-11-21');
    expect(dayAt('2026-11-22T00:00:00')).toBe('2026-11-22');
    expect(dayAt('2028-02-29T12:00:00')).toBe('2028-02-29');
  });

  it('begins at nothing, and a slash in the name of a model stays there', () => {
    expect(empty).toEqual({
      day: '2026-11-21',
      provider: 'open',
      model: 'family/model',
      calls: 0,
      estimatedCalls: 0,
      nanoUsd: 0,
      estimatedNanoUsd: 0,
      inputTokens: 0,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 0,
      adjustmentsNanoUsd: 0,
    });
  });

  it('adds up what was charged, and keeps estimates apart as well', () => {
    const once = addTo(empty, openHold({ charged }));
    expect(once).toEqual({ ...empty, ...charged, calls: 1 });
    const twice = addTo(once, openHold({ charged, estimated: true }));
    expect(twice).toEqual({
      ...empty,
      calls: 2,
      estimatedCalls: 1,
      nanoUsd: 340,
      estimatedNanoUsd: 170,
      inputTokens: 22,
      cachedInputTokens: 6,
      cacheWriteTokens: 4,
      outputTokens: 14,
    });
  });

  it.each([
    [{}, 0],
    [{ requests: 1, nanoUsd: 0, inputTokens: 0, outputTokens: 0 }, 0],
    [{ nanoUsd: 1 }, 1],
    [{ inputTokens: 1 }, 1],
    [{ outputTokens: 1 }, 1],
    [{ nanoUsd: 1, inputTokens: 1 }, 1],
    [{ nanoUsd: 1, outputTokens: 1 }, 1],
    [{ inputTokens: 1, outputTokens: 1 }, 1],
    [{ nanoUsd: 1, inputTokens: 1, outputTokens: 1 }, 1],
  ])('has of a call that was charged %j on the bill of the day: %d calls', (amounts, count) => {
    const corrected = { ...empty, adjustmentsNanoUsd: -5 };
    const { requests: _none, ...billed } = { requests: 0, ...amounts };
    const settled = addTo(corrected, openHold({ charged: amounts }));
    expect(settled).toEqual({ ...corrected, ...billed, calls: count });
    const guessed = addTo(corrected, openHold({ charged: amounts, estimated: true }));
    expect([guessed.calls, guessed.estimatedCalls]).toEqual([count, count]);
  });
});
