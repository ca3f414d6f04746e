// What the gateway remembers to be quicker. What breaks if this fails: callers who come under many
// names fill an isolate's memory.

import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../worker/bounded-map.ts';

const NAMES = ['one', 'two', 'three', 'four'];

/** Which names are still there after each was put in once, and the first once more. */
function left(map: Pick<BoundedMap<number>, 'set' | 'has'>): readonly string[] {
  for (const name of [...NAMES.slice(0, 3), 'one', ...NAMES.slice(3)]) map.set(name, 1);
  return NAMES.filter((name) => map.has(name));
}

describe('a memory of three', () => {
  it('keeps three, and forgets the oldest although it was written again', () => {
    expect(left(new BoundedMap(3))).toEqual(['two', 'three', 'four']);
  });

  it('negative control: a map without a bound keeps them all', () => {
    expect(left(new Map())).toEqual(NAMES);
  });

  it('writes a name again without making room for it', () => {
    const map = new BoundedMap<number>(2);
    for (const value of [1, 2, 3]) {
      map.set('one', value);
      map.set('two', value);
    }
    expect([map.get('one'), map.get('two')]).toEqual([3, 3]);
    map.delete('one');
    expect([map.get('one'), map.has('two')]).toEqual([undefined, true]);
  });
});
