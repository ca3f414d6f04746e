// On which limits the alerts of a policy end up. What breaks if this fails: the operator who asked
// to be told is not, or a limit is another one because somebody asked.

import { describe, expect, it } from 'vitest';
import type { Limit } from '../../core/ledger/account.ts';
import { limitsOf } from '../../core/policy/limits.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { present } from '../../core/result.ts';
import withAlerts from './good/alerts-on-every-kind-of-limit.ts';

const loadOf = (source: unknown): Policy => {
  const loaded = loadPolicy(source);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
};
const policy = loadOf(withAlerts);
const { alerts: _none, ...silent } = withAlerts as Record<string, unknown>;
const without = loadOf(silent);
const chat = present(policy.routes[0], 'route');

const idsOf = (principal: string, withKey = false): readonly (string | null)[] =>
  limitsOf(policy, chat, principal, withKey).map(({ alert }) => alert?.id ?? null);

describe('an alert', () => {
  it.each([
    ['global', 'global', false, ['global-month']],
    ['a tenant', 'tenant:zoo', false, ['tenant-day']],
    ['a tenant of its own', 'tenant:acme', false, ['tenant-acme-day']],
    ['a cohort', 'cohort:203.0.113.0/24@2026-11-21', false, ['cohort-day']],
    ['an address', 'ip:203.0.113.7', false, [null, null, 'ip-day', null, null]],
    ['an address with a key', 'ip:203.0.113.7', true, [null, null, 'ip-day', null, null]],
    ['a network', 'ip:203.0.113.0/24', false, ['ipwide-hour']],
    ['a network with a key', 'ip:203.0.113.0/24', true, ['ipwide-day']],
    ['a key', 'key:abc', true, ['key-day', null, null, null, null]],
    ['an agent', 'agent:nightly', true, [null, null, null, 'agent-month', null]],
    ['a device on a route', 'device:abc', false, [null, null, null, null, null, 'device-hour']],
    ['a model', 'model:gpt-4o-mini', false, ['model-gpt-4o-mini-day']],
    ['a route', 'route:chat', false, ['route-chat-lifetime']],
    ['a preview', 'preview:pulls', false, ['preview-pulls-day']],
  ])('is on the limits of %s that it is about', (_, principal, withKey, expected) => {
    expect(idsOf(principal, withKey)).toEqual(expected);
  });

  it('is on the limits of a plan', () => {
    const pro = present(chat.byPlan.get('pro'), 'plan');
    const [limit] = limitsOf(policy, pro, 'user:anna', false);
    expect(limit?.alert).toEqual({
      id: 'user-week',
      percents: [50, 80, 100],
      policyVersion: policy.version,
    });
  });

  it('changes nothing else of any limit', () => {
    const bare = (limits: readonly Limit[]) => limits.map(({ alert: _alert, ...rest }) => rest);
    const other = present(without.routes[0], 'route');
    for (const principal of ['global', 'tenant:acme', 'ip:203.0.113.7', 'key:abc', 'route:chat']) {
      expect(bare(limitsOf(policy, chat, principal, true))).toEqual(
        limitsOf(without, other, principal, true),
      );
    }
  });
});
