// What a ledger keeps of the answers it was told of: hashes and counts, of the newest, for as long
// as the policy says. If these fail, an object grows with every answer, or a caller who pressed
// stop cannot go on.

import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { ANSWERS_MAX, CUT_ANSWERS_MAX } from '../../durable-objects/answers.ts';
import { answered, answerRows, call, cut, ending, freshHash, given } from './answers-harness.ts';
import { going, goOn, HOUR_MS } from './answers-harness.ts';
import { advance, freshPrincipal, LEASE_MS, ledgerOf } from './ledger-harness.ts';
import { NOON_MS, setClock, settling } from './ledger-harness.ts';
import { inObject, rowsOf, storeOf } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

describe('an answer that was cut short', () => {
  it('can be gone on from at every place that is kept, and is one answer all the same', async () => {
    const principal = freshPrincipal();
    const places = [freshHash(), freshHash(), freshHash()].map((hash) =>
      hash.slice(27).padEnd(43, 'x'),
    );
    await answered(principal, cut(...places));
    const [first = '', , third = ''] = places;
    expect([await goOn(principal, first), await goOn(principal, third)]).toEqual(['held', 'held']);
    expect(await goOn(principal, first)).toBe('conversation-forked');
  });

  it('is not found by what only looks like one of its places', async () => {
    const principal = freshPrincipal();
    await answered(principal, cut('a'.repeat(8) + 'b'.repeat(35), 'c'.repeat(43)));
    const shifted = 'b'.repeat(8) + 'c'.repeat(35);
    expect(await goOn(principal, shifted)).toBe('conversation-unknown');
  });

  it(`is searched for among the newest ${String(CUT_ANSWERS_MAX)} of them`, async () => {
    const principal = freshPrincipal();
    const places: string[] = [];
    for (let made = 0; made <= CUT_ANSWERS_MAX; made += 1) {
      const place = String(made).padStart(16, 'p').padEnd(43, 'x');
      places.push(place);
      advance(60_000);
      await answered(principal, cut(place));
    }
    expect(await goOn(principal, places[0] ?? '')).toBe('conversation-unknown');
    expect(await goOn(principal, places[1] ?? '')).toBe('held');
    expect(await goOn(principal, places.at(-1) ?? '')).toBe('held');
  });
});

describe('what is kept', () => {
  it('is forgotten when its time is over, and rows go when nobody calls any more', async () => {
    const [principal, hash] = [freshPrincipal(), freshHash()];
    await answered(principal, given(hash));
    await answered(principal, cut(freshHash()));
    advance(24 * HOUR_MS - 1);
    expect(await goOn(principal, hash)).toBe('held');
    advance(1);
    expect(await goOn(principal, hash)).toBe('conversation-unknown');
    advance(LEASE_MS);
    await runDurableObjectAlarm(ledgerOf(principal));
    expect(await answerRows(ledgerOf(principal), principal)).toBe(0);
  });

  it('is looked after by an alarm when nothing else is', async () => {
    const principal = freshPrincipal();
    await answered(principal, given(freshHash()));
    advance(HOUR_MS);
    // Every hold is gone, and the alarm comes again for the answer.
    await runDurableObjectAlarm(ledgerOf(principal));
    await runDurableObjectAlarm(ledgerOf(principal));
    const setFor = await inObject(ledgerOf(principal), (_, state) => state.storage.getAlarm());
    expect(setFor).toBeGreaterThanOrEqual(NOON_MS + 24 * HOUR_MS);
    advance(24 * HOUR_MS);
    await runDurableObjectAlarm(ledgerOf(principal));
    expect(await answerRows(ledgerOf(principal), principal)).toBe(0);
  });

  it(`is the newest ${String(ANSWERS_MAX)} of a principal, and little more`, async () => {
    const principal = freshPrincipal();
    const all: string[] = [];
    for (let made = 0; made < ANSWERS_MAX + 100; made += 1) {
      const hash = freshHash();
      all.push(hash);
      advance(10);
      await answered(principal, given(hash));
    }
    expect(await answerRows(ledgerOf(principal), principal)).toBeLessThanOrEqual(ANSWERS_MAX + 64);
    expect(await goOn(principal, all[0] ?? '')).toBe('conversation-unknown');
    expect(await goOn(principal, all.at(-ANSWERS_MAX) ?? '')).toBe('held');
  });

  it('is hashes and counts: a row more with the settlement, and one with the call that goes on', async () => {
    const [principal, hash] = [freshPrincipal(), freshHash()];
    const written = async (part: Parameters<typeof rowsOf>[1]): Promise<number> =>
      (await rowsOf(ledgerOf(principal), part)).written;
    const [first, next, other] = [call(principal), call(principal, going(hash)), call(principal)];
    expect(await written({ reserves: [first] })).toBe(1);
    expect(await written({ resolves: [ending(first, given(hash))] })).toBe(2);
    expect(await written({ reserves: [next] })).toBe(2);
    expect(await written({ resolves: [settling(next, 1)] })).toBe(1);
    expect(await written({ reserves: [other] })).toBe(1);
    expect(await written({ resolves: [settling(other, 1)] })).toBe(1);
    const bodies = await inObject(ledgerOf(principal), (instance) =>
      storeOf(instance).side.of('answer', principal, 10),
    );
    expect(bodies.map(({ name, body }) => [name, JSON.parse(body) as unknown])).toEqual([
      [hash, { endsAtMs: NOON_MS + 24 * HOUR_MS, given: 1, continued: 1, key: first.key }],
    ]);
  });
});
