// Which switch a call meets: by its names, by the clock, and by what it asks for. If this is wrong,
// an operator turns one thing off and another goes.

import { describe, expect, it } from 'vitest';
import { isCut, type ShardSwitch, switchFor, tableOf } from '../../../core/control/switch.ts';

const NOW_MS = 1_000_000;

const on = (principal: string, more: Partial<ShardSwitch> = {}): ShardSwitch => ({
  principal,
  action: 'off',
  cut: false,
  expiresAtMs: null,
  ...more,
});

const NAMES = ['user:eve', 'route:chat', 'model:small', 'ip:203.0.113.7', 'global'];

type Row = readonly [what: string, switches: readonly ShardSwitch[], expected: string | null];

describe('a call meets', () => {
  const downgrade = { action: 'downgrade' } as const;
  it.each<Row>([
    ['nothing where nothing is off', [], null],
    ['the switch on one of its names', [on('route:chat')], 'route:chat'],
    ['the switch on everything', [on('global')], 'global'],
    ['no switch on somebody else', [on('user:eve2'), on('user:ev'), on('route:chat/2')], null],
    ['no switch by another case', [on('user:Eve'), on('GLOBAL')], null],
    ['no switch by a property of every object', [on('constructor'), on('__proto__')], null],
    ['one that ends in a moment', [on('global', { expiresAtMs: NOW_MS + 1 })], 'global'],
    ['none that ends now', [on('global', { expiresAtMs: NOW_MS })], null],
    ['none that is long over', [on('global', { expiresAtMs: 1 })], null],
    ['a smaller offer', [on('user:eve', downgrade)], 'user:eve'],
    ['off before a smaller offer', [on('user:eve', downgrade), on('global')], 'global'],
    ['off before one that comes later', [on('user:eve'), on('global', downgrade)], 'user:eve'],
    [
      'of two alike the one that lasts longer',
      [on('user:eve', { expiresAtMs: NOW_MS + 5 }), on('model:small', { expiresAtMs: NOW_MS + 9 })],
      'model:small',
    ],
    [
      'of two alike the one without an end',
      [on('user:eve'), on('model:small', { expiresAtMs: NOW_MS + 9 })],
      'user:eve',
    ],
    [
      'a smaller offer where off is over',
      [on('user:eve', downgrade), on('global', { expiresAtMs: NOW_MS })],
      'user:eve',
    ],
  ])('%s', (_what, switches, expected) => {
    const found = switchFor(tableOf(switches), NAMES, false, NOW_MS);
    expect(found?.principal ?? null).toBe(expected);
  });

  it('no smaller offer where it asks for one already, and off all the same', () => {
    const table = tableOf([on('user:eve', downgrade)]);
    expect(switchFor(table, NAMES, true, NOW_MS)).toBeNull();
    const off = tableOf([on('user:eve', downgrade), on('model:small')]);
    expect(switchFor(off, NAMES, true, NOW_MS)?.principal).toBe('model:small');
  });

  it('a smaller offer than this very model, though it was led to it from a larger one', () => {
    // Or whoever asks for the large one is served with what is switched off for everybody else.
    const table = tableOf([on('model:small', downgrade)]);
    expect(switchFor(table, NAMES, true, NOW_MS)?.principal).toBe('model:small');
  });
});

describe('a call that runs is cut', () => {
  it.each([
    ['by a switch that cuts', [on('global', { cut: true })], true],
    ['by no switch that does not', [on('global'), on('user:eve')], false],
    ['by one of several', [on('global'), on('user:eve', { cut: true })], true],
    ['by none that is over', [on('global', { cut: true, expiresAtMs: NOW_MS })], false],
    ['by none of somebody else', [on('user:adam', { cut: true })], false],
    ['by no smaller offer', [on('global', { cut: true, action: 'downgrade' })], false],
  ] as const)('%s: %s', (_what, switches, expected) => {
    expect(isCut(tableOf(switches), NAMES, NOW_MS)).toBe(expected);
  });

  it('by nothing where it has no names', () => {
    expect(isCut(tableOf([on('global', { cut: true })]), [], NOW_MS)).toBe(false);
  });
});
