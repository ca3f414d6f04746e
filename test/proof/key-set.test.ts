// What an operator may configure as proof keys. A mistake must end at boot, in a sentence that
// names the variable, and never in a gateway that accepts a key it should not or refuses honest
// callers.

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyringOf, keySetWarnings, readKeySet } from '../../core/proof/key-set.ts';
import { challenge } from './samples.ts';

const secret = (): string => randomBytes(32).toString('base64url');
const [A, B, C] = [`1:${secret()}`, `2:${secret()}`, `3:${secret()}`] as const;
const RETIRED = 1_800_000_000;

const texts = (active: unknown, previous?: unknown, next?: unknown) => ({
  WEIGHBRIDGE_PROOF_KEY_ACTIVE: active,
  WEIGHBRIDGE_PROOF_KEY_PREVIOUS: previous,
  WEIGHBRIDGE_PROOF_KEY_NEXT: next,
});

const wrongWith = (...given: Parameters<typeof texts>): readonly string[] => {
  const read = readKeySet(texts(...given));
  return read.ok ? [] : read.error;
};

describe('a set of proof keys', () => {
  it.each([
    ['one key', [B]],
    ['all three', [B, `${A}:${String(RETIRED)}`, C]],
    ['a previous key without a time', [B, A]],
    ['empty ones', [B, '', '']],
    ['the active key as the previous one too, in the middle of a rotation', [B, `${B}:5`, C]],
    ['the active key as the next one too, in the middle of a rotation', [B, `${A}:5`, B]],
  ] as const)('may be %s', (_name, given) => {
    expect(wrongWith(given[0], given[1], given[2])).toEqual([]);
  });

  const otherOf = (key: string): string => `${key.split(':')[0] ?? ''}:${secret()}`;
  const renamed = (key: string, kid: number): string => `${String(kid)}:${key.split(':')[1] ?? ''}`;

  it.each([
    ['no active key', [undefined], /^WEIGHBRIDGE_PROOF_KEY_ACTIVE /],
    ['an active key that is none', ['x'], /^WEIGHBRIDGE_PROOF_KEY_ACTIVE /],
    ['an active key that is no text', [7], /^WEIGHBRIDGE_PROOF_KEY_ACTIVE /],
    ['a previous key that is none', [B, 'x'], /^WEIGHBRIDGE_PROOF_KEY_PREVIOUS /],
    ['a previous key in milliseconds', [B, `${A}:${String(RETIRED)}000`], /_PREVIOUS /],
    ['a next key that is none', [B, A, 'x'], /^WEIGHBRIDGE_PROOF_KEY_NEXT /],
    ['an active key that was retired', [`${B}:5`], /_ACTIVE: only the previous/],
    ['a next key that was retired', [B, A, `${C}:5`], /_NEXT: only the previous/],
    ['one kid for two', [B, otherOf(B)], /_PREVIOUS has kid 2, which is that of .*_ACTIVE$/],
    ['one kid for two', [B, A, otherOf(B)], /_NEXT has kid 2, which is that of .*_ACTIVE$/],
    ['one kid for two', [B, A, otherOf(A)], /_PREVIOUS has kid 1, which is that of .*_NEXT$/],
    ['a retired key that comes again', [B, A, A], /_PREVIOUS is the same key as .*_NEXT$/],
    // It would outlive its retirement under the other name.
    ['one secret for two', [B, renamed(B, 9)], /_PREVIOUS holds, under another kid, .*_ACTIVE$/],
    ['one secret for two', [B, A, renamed(A, 9)], /_PREVIOUS holds, under another kid, .*_NEXT$/],
  ] as const)('is refused for %s', (_name, given, sentence) => {
    const wrong = wrongWith(given[0], given[1], given[2]);
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toMatch(sentence);
  });

  it('says everything that is wrong at once, and never a secret', () => {
    const wrong = wrongWith('x', A.slice(0, 20), `${C}:5`);
    expect(wrong).toHaveLength(3);
    for (const key of [A, C]) expect(wrong.join()).not.toContain(key.slice(2, 18));
  });

  it('makes a keyring that seals with the active one and accepts all', () => {
    const read = readKeySet(texts(B, A, C));
    if (!read.ok) throw new Error(read.error.join());
    const ring = keyringOf(read.value);
    const kidOf = (wire: string) => ring.open(wire);
    expect(kidOf(ring.seal(challenge()))).toMatchObject({ ok: true, value: { kid: 2 } });
    for (const key of [A, C]) {
      const other = readKeySet(texts(key));
      if (!other.ok) throw new Error(other.error.join());
      expect(kidOf(keyringOf(other.value).seal(challenge())).ok).toBe(true);
    }
  });

  it('warns of a previous key without an end', () => {
    const warnings = (...given: Parameters<typeof texts>): number => {
      const read = readKeySet(texts(...given));
      return read.ok ? keySetWarnings(read.value).length : Number.NaN;
    };
    expect(warnings(B, A)).toBe(1);
    for (const given of [[B], [B, `${A}:5`], [B, B]] as const) {
      expect(warnings(given[0], given[1])).toBe(0);
    }
  });
});
