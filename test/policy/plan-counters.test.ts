// A plan changes caps and never counters. What breaks if this fails: whoever changes the plan in
// the middle of a day has the whole day again.

import { describe, expect, it } from 'vitest';
import { counterName } from '../../core/ledger/account.ts';
import { limitsOf } from '../../core/policy/limits.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import type { Route } from '../../core/policy/policy.ts';
import { present } from '../../core/result.ts';
import { policyWith } from './base.ts';

const day = (usd: string, requests: number) => [
  { window: 'day', usd },
  { window: 'day', requests },
];

const loaded = loadPolicy(
  policyWith({
    plans: [{ id: 'free' }, { id: 'pro', isPaid: true, limits: { key: day('9', 900) } }],
    'limits.key': day('1', 100),
    'routes.0.limits': { key: day('0.5', 50) },
    'routes.0.plans': { free: {}, pro: { limits: { key: day('5', 500) } } },
  }),
);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
const policy = loaded.value;
const route = present(policy.routes[0], 'route');

const limitsOn = (terms: Route) => limitsOf(policy, terms, 'key:1k97xotwas4n', true);
const on = (plan: string): Route => present(route.byPlan.get(plan), plan);

describe('the counters of a caller', () => {
  it('are the same on every plan, under other caps', () => {
    const [free, pro] = [limitsOn(on('free')), limitsOn(on('pro'))];
    expect(pro.map(counterName)).toEqual(free.map(counterName));
    expect(free.map(({ cap }) => cap)).toEqual([1_000_000_000, 100, 500_000_000, 50]);
    expect(pro.map(({ cap }) => cap)).toEqual([9_000_000_000, 900, 5_000_000_000, 500]);
  });

  it('are shown to an operator under the caps of the plan that a key has', () => {
    const shown = (principal: string) => limitsOf(policy, null, principal, false);
    const caps = (principal: string) => shown(principal).map(({ cap }) => cap);
    const [none, pro] = ['key:1k97xotwas4n', 'key:~pro~1k97xotwas4n'] as const;
    expect(caps(none)).toEqual([1_000_000_000, 100, 500_000_000, 50]);
    expect(caps(pro)).toEqual([9_000_000_000, 900, 5_000_000_000, 500]);
    expect(shown(pro).map(counterName)).toEqual(limitsOn(on('pro')).map(counterName));
    // A plan that the policy does not have is none.
    expect(caps('key:~gold~1k97xotwas4n')).toEqual(caps(none));
  });

  it('would be others if the plan were in their names (negative control)', () => {
    const naive = (plan: string) => limitsOn(on(plan)).map((one) => `${counterName(one)}/${plan}`);
    expect(naive('pro')).not.toEqual(naive('free'));
  });
});
