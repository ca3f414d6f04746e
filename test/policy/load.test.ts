// Policies that load and policies that do not, a named file each: a mistake that somebody made
// becomes a file in `bad/`. What breaks if this fails: a typing error becomes a limit that is not
// there.

import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { limitsOf } from '../../core/policy/limits.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import shipped from '../../weighbridge.config.ts';
import withLittleWork from '../support/policy.ts';
import { type BadPolicy, policyWith } from './base.ts';

type Named<Case> = { readonly name: string; readonly content: Case };

async function folder<Case>(name: string): Promise<Named<Case>[]> {
  const files = readdirSync(new URL(`./${name}/`, import.meta.url)).sort();
  return Promise.all(
    files.map(async (file) => {
      const module = (await import(new URL(`./${name}/${file}`, import.meta.url).pathname)) as {
        default: Case;
      };
      return { name: file.replace(/\.ts$/, ''), content: module.default };
    }),
  );
}

const good = await folder<unknown>('good');
const bad = await folder<BadPolicy>('bad');

describe('a good policy loads', () => {
  it.each(good)('$name', ({ content }) => {
    expect(loadPolicy(content)).toMatchObject({ ok: true });
  });

  it.each([
    ['the shipped one', shipped],
    ['the one for tests', withLittleWork],
  ])('%s', (_, policy) => {
    expect(loadPolicy(policy)).toMatchObject({ ok: true });
  });
});

describe('a bad policy is refused with all that is wrong and nothing else', () => {
  it.each(bad)('$name', ({ content }) => {
    const loaded = loadPolicy(content.policy);
    const errors = loaded.ok ? [] : loaded.error;
    expect(errors.map(({ path }) => path).sort()).toEqual(
      content.errors.map(([path]) => path).sort(),
    );
    for (const [path, words] of content.errors) {
      expect(errors.find((error) => error.path === path)?.sentence).toContain(words);
    }
  });

  it.each([undefined, null, 7, 'policy', [], {}])('even where it is %j', (input) => {
    expect(loadPolicy(input).ok).toBe(false);
  });
});

describe('a loaded policy', () => {
  const load = (changes: Record<string, unknown> = {}) => {
    const loaded = loadPolicy(policyWith(changes));
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
    return loaded.value;
  };

  it('has amounts in nano-dollars, names resolved and every limit', () => {
    const policy = load({ 'limits.device.0.usd': '0.40' });
    expect(limitsOf(policy, null, 'device:abc', false)).toEqual([
      { window: 'day', unit: 'nanoUsd', cap: 400_000_000 },
      { window: 'month', unit: 'nanoUsd', cap: 10_000_000_000 },
      { window: 'day', unit: 'requests', cap: 100 },
      { window: 'month', unit: 'requests', cap: 1_000 },
      { window: 'now', unit: 'concurrentCalls', cap: 4 },
    ]);
    const [route] = policy.routes;
    expect(route?.dialect.id).toBe('openai-chat');
    expect(route?.provider?.id).toBe('openai');
    expect(route?.models.get('gpt-4o-mini')?.rates.input).toBe(150_000);
    expect(policy.leaseMs).toBe(4_000);
  });

  it('is frozen, and its routes with it', () => {
    const policy = load();
    expect(Object.isFrozen(policy)).toBe(true);
    expect(policy.routes.every((route) => Object.isFrozen(route))).toBe(true);
  });

  it('has a version that changes with anything in it and with nothing else', () => {
    expect(load().version).toBe(load().version);
    expect(load().version).toMatch(/^[0-9a-f]{12}$/);
    const versions = [
      load(),
      load({ realm: 'other.example' }),
      load({ 'limits.ip.0.usd': '1.01' }),
      load({ 'routes.0.models': ['gpt-4o'] }),
    ].map((policy) => policy.version);
    expect(new Set(versions).size).toBe(4);
  });

  it('says how shards are laid out, whichever way that is written', () => {
    expect(load({ edgeShards: 4 }).layout).toEqual({ epoch: 1, count: 4, previous: null });
    const first = { epoch: 1, count: 4 };
    const second = { epoch: 2, count: 8 };
    const nested = { ...second, previous: { ...first, previous: null } };
    expect(load({ edgeShards: { ...second, previous: first } }).layout).toEqual(nested);
    expect(load({ edgeShards: { ...second, previous: [first] } }).layout).toEqual(nested);
    const third = { epoch: 5, count: 2, previous: [second, first] };
    expect(load({ edgeShards: third }).layout).toEqual({ ...third, previous: nested });
  });

  it('refuses what it cannot check unless a grace is named', () => {
    const whenOf = (value: unknown) =>
      load({ 'routes.0.whenLedgerUnreachable': value }).routes[0]?.whenLedgerUnreachable;
    expect(load().routes[0]?.whenLedgerUnreachable).toBe('refuse');
    expect(whenOf('refuse')).toBe('refuse');
    expect(whenOf({ graceUsdPerHour: '0.50' })).toEqual({
      graceNanoUsdPerHour: 500_000_000,
      callNanoUsdMax: 10_000_000,
    });
    const cheap = { graceUsdPerHour: '0.50', callUsdMax: '0.002' };
    expect(whenOf(cheap)).toMatchObject({ callNanoUsdMax: 2_000_000 });
  });

  it('joins its pages without a double slash', () => {
    expect(load({ docsUrl: 'https://docs.example/problems/' }).docsUrl).toBe(
      'https://docs.example/problems',
    );
  });
});
