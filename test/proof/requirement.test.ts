// What has to be shown follows from the first rule that applies. What breaks if this fails: a
// suspect is asked for less than the policy says, or a name is believed that nobody proved.

import { describe, expect, it } from 'vitest';
import {
  type Asker,
  CALLER_CLASSES,
  type ProofRule,
  REQUIRE,
  requirementOf,
  requires,
  VERIFIER_IDS,
} from '../../core/proof/requirement.ts';

const asker = (parts: Partial<Asker> = {}): Asker => ({
  route: 'chat',
  caller: 'address',
  risk: 0,
  hasDeviceKey: false,
  ...parts,
});

const asked = (rules: readonly ProofRule[], parts: Partial<Asker> = {}): string[] => {
  const { require } = requirementOf(rules, asker(parts));
  return VERIFIER_IDS.filter((id) => requires(require, id));
};

describe('without a rule', () => {
  it.each([
    ['address', false, ['work']],
    ['device', true, ['work', 'device']],
    ['user', false, ['work']],
    ['user', true, ['work', 'device']],
    ['key', false, ['work']],
    ['agent', false, ['signature']],
  ] as const)('a caller known by %s (device key: %s) shows %j', (caller, hasDeviceKey, ids) => {
    expect(asked([], { caller, hasDeviceKey })).toEqual(ids);
  });

  it('nobody shows nothing', () => {
    for (const caller of CALLER_CLASSES) expect(asked([], { caller })).not.toEqual([]);
  });
});

describe('the first rule that applies decides', () => {
  const rules: ProofRule[] = [
    { riskMin: 3, callers: ['address', 'device'], require: ['work', 'human'] },
    { routes: ['agent'], require: ['work', 'private-token'] },
    { callers: ['key'], require: ['human'] },
  ];

  it.each([
    [{}, ['work']],
    [{ risk: 2 }, ['work']],
    [{ risk: 3 }, ['work', 'human']],
    [{ risk: 4, route: 'agent' }, ['work', 'human']],
    [{ route: 'agent' }, ['work', 'private-token']],
    [{ route: 'agent', caller: 'key' }, ['work', 'private-token']],
    [{ caller: 'key', risk: 4 }, ['human']],
  ] as const)('for %j it asks for %j', (parts, ids) => {
    expect(asked(rules, parts)).toEqual(ids);
  });

  it('never drops what proves the name a call is charged to', () => {
    const lax: ProofRule[] = [{ require: ['human'] }];
    expect(asked(lax, { caller: 'device', hasDeviceKey: true })).toEqual(['device', 'human']);
    expect(asked(lax, { caller: 'agent' })).toEqual(['human', 'signature']);
  });
});

describe('work ahead of the body', () => {
  const seed: ProofRule[] = [{ routes: ['dear'], require: ['work'], bind: 'seed' }];

  it.each([
    ['chat', true, true],
    ['chat', false, false],
    ['dear', true, false],
  ])('on %s with a device key %s is allowed: %s', (route, hasDeviceKey, allowed) => {
    const { mayBeSolvedAhead } = requirementOf(seed, asker({ route, hasDeviceKey }));
    expect(mayBeSolvedAhead).toBe(allowed);
  });
});

it('every verifier has a bit of its own', () => {
  const bits = Object.values(REQUIRE);
  expect(new Set(bits).size).toBe(bits.length);
  for (const bit of bits) expect(Math.log2(bit) % 1).toBe(0);
  // The field of the challenge has sixteen.
  expect(bits.reduce((sum, bit) => sum | bit, 0)).toBeLessThan(2 ** 16);
});
