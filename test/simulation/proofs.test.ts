// Where the simulated Worker spends a proof. Breaks if a change of the shards were simulated other
// than the real Worker goes through it, so that a proof spent twice would go unseen.

import { describe, expect, it } from 'vitest';
import { addressOf } from '../../core/ledger/layout.ts';
import { asksOf, type Errand } from '../../simulation/asks.ts';
import { Dice } from '../../simulation/dice.ts';
import { drawPolicy } from '../../simulation/policy.ts';

const NOW_MS = Date.parse('2026-11-21T09:30:00Z');
const OLD = { epoch: 1, count: 3, previous: null };
const NEW = { epoch: 2, count: 4, previous: OLD };

const policy = drawPolicy(new Dice(1));

const errandOf = (primary: string, epoch: number): Errand => ({
  key: 'key',
  attempt: 'attempt',
  primary,
  ip: 'ip:203.0.113.7',
  worst: 40,
  input: 5,
  least: 20,
  perSecond: 10,
  proof: { nonce: Uint8Array.of(epoch, 1, 2, 3), expiresAtMs: NOW_MS + 90_000 },
  model: 'small',
});

describe.each(['device:a', 'ip:203.0.113.7'])('a proof of %s', (primary) => {
  it('is spent in the set it was made for, and paid in the newest', () => {
    const asks = asksOf(errandOf(primary, 1), NEW, policy, NOW_MS) ?? [];
    const spending = asks.filter(({ message }) => message.nonceExpiresAtMs !== null);
    expect(spending.map(({ address }) => address)).toEqual([addressOf(primary, OLD)]);
    expect(spending[0]?.message.accounts).toEqual([]);
    const paying = asks.filter(({ message }) => message.accounts.length > 0);
    const homes = [addressOf(primary, NEW), addressOf('ip:203.0.113.7', NEW)];
    expect(new Set(paying.map(({ address }) => address))).toEqual(new Set(homes));
  });

  it('is spent where it is paid if both are of the set in force', () => {
    const asks = asksOf(errandOf(primary, 2), NEW, policy, NOW_MS) ?? [];
    const spending = asks.filter(({ message }) => message.nonceExpiresAtMs !== null);
    expect(spending.map(({ address }) => address)).toEqual([addressOf(primary, NEW)]);
    expect(asks.every(({ message }) => message.accounts.length > 0)).toBe(true);
  });

  it('is refused before anything is asked if the layout names no such set', () => {
    expect(asksOf(errandOf(primary, 2), OLD, policy, NOW_MS)).toBeNull();
    expect(asksOf(errandOf(primary, 1), { ...NEW, previous: null }, policy, NOW_MS)).toBeNull();
  });
});
