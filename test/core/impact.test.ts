// What enforcing would have done, added up over shards. What breaks if this fails: an operator
// enforces a rule that was said to touch nobody.

import { describe, expect, it } from 'vitest';
import { type ImpactRow, impactOf, percentOf, type ShardImpact } from '../../core/impact.ts';

const row = (rule: string, calls: number, nanoUsd: number, route = 'chat'): ImpactRow => ({
  day: '2026-11-22',
  rule,
  route,
  calls,
  nanoUsd,
});

const shard = (rows: ImpactRow[], users: string[] = [], isCut = false): ShardImpact => ({
  rows,
  users,
  isCut,
});

describe('the impact of enforcing', () => {
  it('is said in requests, users and dollars', () => {
    const users = Array.from({ length: 9 }, (_, at) => `any@chat u${String(at)}`);
    const parts = [
      shard([row('any', 114, 31_200_000_000), row('over-budget', 114, 31_200_000_000)], users),
      shard([row('any', 100, 29_995_000_001)], users.slice(0, 3)),
    ];
    expect(impactOf(parts, 48_112).sentence).toBe(
      'enforcing would have refused 214 of 48,112 requests (0.44 %), 9 signed-in users, $61.20',
    );
  });

  it('counts somebody once, whom several shards, routes and rules have seen', () => {
    const parts = [
      shard([row('any', 2, 10)], ['any@chat ann', 'over-budget@chat ann', 'any@mail ann']),
      shard([row('any', 1, 5), row('over-budget', 3, 15)], ['any@chat ann', 'any@chat bob']),
    ];
    const impact = impactOf(parts, 10);
    expect(impact.wouldRefuse).toEqual({ requests: 3, percent: '30.00', users: 2, nanoUsd: 15 });
    expect(impact.rules).toEqual([
      { rule: 'over-budget', route: 'chat', requests: 3, users: 1, nanoUsd: 15 },
    ]);
  });

  it('says where there were more users than are kept', () => {
    const impact = impactOf([shard([row('any', 1, 1)], ['any@chat ann'], true)], 1);
    expect(impact.sentence).toContain('at least 1 signed-in users');
  });

  it('is nothing where nothing was seen', () => {
    expect(impactOf([], 0)).toMatchObject({
      sentence: 'enforcing would have refused 0 of 0 requests (0.00 %), 0 signed-in users, $0.00',
      rules: [],
    });
  });

  it.each([
    [0, 7, '0.00'],
    [1, 3, '33.33'],
    [2, 3, '66.67'],
    [5, 5, '100.00'],
    [1, 1_000_000, '0.00'],
  ])('%i of %i are %s percent', (part, whole, percent) => {
    expect(percentOf(part, whole)).toBe(percent);
  });
});
