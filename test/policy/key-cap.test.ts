// A key's own cap is one more limit of its account, so the ledger holds it with all the others, all
// or none. If this fails, a key of a build spends what a server may.

import { describe, expect, it } from 'vitest';
import { counterName } from '../../core/ledger/account.ts';
import { limitsOf } from '../../core/policy/limits.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { formatApiKeyId, PLAIN_TERMS } from '../../core/api-key-id.ts';
import { policyWith, ROUTE } from './base.ts';

const load = (parts: Parameters<typeof policyWith>[0]): Policy => {
  const loaded = loadPolicy(policyWith(parts));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
};

const keyWith = (capNanoUsd: number, tenant: string | null = null): string =>
  `key:${formatApiKeyId(
    { ...PLAIN_TERMS, tenant, purpose: 'ci', expiresAtSeconds: 1_800_000_000, capNanoUsd },
    '1k97xotwas4n',
  )}`;

const capsOf = (policy: Policy, principal: string, route: number | null = null) =>
  limitsOf(policy, route === null ? null : (policy.routes[route] ?? null), principal, true)
    .filter((limit) => counterName(limit) === 'nanoUsd-lifetime')
    .map(({ cap }) => cap);

describe('the cap of a key', () => {
  const policy = load({});

  it('is a limit for life, beside those of the policy', () => {
    const plain = limitsOf(policy, null, 'key:1k97xotwas4n', true);
    expect(limitsOf(policy, null, keyWith(7), true)).toEqual([
      ...plain,
      { window: 'lifetime', unit: 'nanoUsd', cap: 7 },
    ]);
    expect(capsOf(policy, keyWith(8, 'acme'))).toEqual([8]);
    expect(capsOf(policy, 'key:1k97xotwas4n')).toEqual([]);
  });

  it('is told of as the limit for life is that it stands for', () => {
    const key = [
      { window: 'day', usd: '1' },
      { window: 'lifetime', usd: '5' },
    ];
    const alert = {
      id: 'lives',
      principal: 'key',
      window: 'lifetime',
      unit: 'usd',
      percents: [90],
    };
    const watched = load({ 'limits.key': key, alerts: [alert] });
    const ofLife = limitsOf(watched, null, keyWith(7), true).filter(
      ({ window }) => window !== 'day',
    );
    expect(ofLife).toMatchObject([{ window: 'lifetime', cap: 7, alert: { id: 'lives' } }]);
  });

  it('binds on every route, as one counter for all of them', () => {
    const two = load({ 'routes.1': { ...ROUTE, id: 'spare', path: '/spare' } });
    expect([0, 1].map((route) => capsOf(two, keyWith(7), route))).toEqual([[7], [7]]);
  });

  it('never widens a lifetime limit of the policy, and is counted once with it', () => {
    const bounded = load({
      'limits.key': [
        { window: 'lifetime', usd: '0.000000005' },
        { window: 'day', usd: '1' },
      ],
    });
    expect(capsOf(bounded, keyWith(7))).toEqual([5]);
    expect(capsOf(bounded, keyWith(3))).toEqual([3]);
  });

  it('is nobody else’s: a principal of another scope with the same name has none', () => {
    expect(capsOf(policy, keyWith(7).replace('key:', 'device:'))).toEqual([]);
    expect(capsOf(policy, keyWith(7).replace('key:', 'user:'))).toEqual([]);
  });
});
