// What ties a turn to the answer before it. What breaks if this fails: a challenge that was made
// for one conversation is good for another, or a caller who pressed stop cannot go on.

import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../core/call.ts';
import {
  conversationFailure,
  continuedHash,
  givenAnswer,
  PREFIX_CHARS,
  PREFIXES_MAX,
} from '../../core/conversation.ts';
import { openaiChat } from '../../core/dialects/openai-chat.ts';
import { sha256OfPrefixes } from '../../core/proof/sha256.ts';

const nodeHash = (text: string): Buffer => createHash('sha256').update(text).digest();
const HEAD = '["",[]]\n';

type Parts = Pick<Call, 'route' | 'ask' | 'challenge'>;

/** A call with this history and this in its challenge. */
function callWith(contents: readonly string[], conversationHash: Uint8Array | null): Parts {
  const messages = contents.flatMap((content) => [
    { role: 'user', content: 'hello' },
    { role: 'assistant', content },
  ]);
  return {
    route: { dialect: openaiChat },
    ask: { body: { messages: [...messages, { role: 'user', content: 'and then?' }] } },
    challenge: conversationHash === null ? null : { conversationHash },
  } as unknown as Parts;
}

const bytes = (text: string): Uint8Array => new Uint8Array(nodeHash(text));

describe('a challenge', () => {
  it('that names an answer is good for a request that goes on from it', () => {
    const hash = bytes(`${HEAD}Good morning — “ja”.`);
    expect(conversationFailure(callWith(['Good morning — “ja”.'], hash))).toBeNull();
    expect(conversationFailure(callWith(['first', 'Good morning — “ja”.'], hash))).toBeNull();
  });

  it.each<[string, readonly string[]]>([
    ['a new conversation', []],
    ['another answer', ['Good evening.']],
    ['an answer that was not the last', ['Good morning.', 'Good evening.']],
    ['a little more', ['Good morning. ']],
  ])('that names an answer is good for no other: %s', (_, contents) => {
    const hash = bytes(`${HEAD}Good morning.`);
    expect(conversationFailure(callWith(contents, hash))).toBe('conversation');
  });

  it('that names none, and no challenge at all, ask nothing of the history', () => {
    for (const contents of [[], ['Good morning.']]) {
      expect(conversationFailure(callWith(contents, new Uint8Array(0)))).toBeNull();
      expect(conversationFailure(callWith(contents, null))).toBeNull();
    }
  });
});

describe('an answer', () => {
  const answer = { whole: `${HEAD}Good morning.`, head: HEAD, pieces: ['Good', ' morning', '.'] };

  it('has the hash that the next request has for it', () => {
    const hash = nodeHash(answer.whole).toString('base64url');
    expect(givenAnswer(answer, true, 5)).toEqual({ hash, prefixes: '', keptMs: 5 });
    expect(continuedHash(callWith(['Good morning.'], null))).toBe(hash);
    expect(continuedHash(callWith([], null))).toBeNull();
  });

  const placesOf = (given: { readonly prefixes: string }): string[] =>
    given.prefixes.match(new RegExp(`.{${String(PREFIX_CHARS)}}`, 'g')) ?? [];
  const placeOf = (text: string): string =>
    nodeHash(`${HEAD}${text}`).toString('base64url').slice(0, PREFIX_CHARS);

  it('that was cut short has a place for everything that the caller may have', () => {
    const { hash, prefixes } = givenAnswer(answer, false, 5);
    expect(hash).toBeNull();
    const texts = ['', 'Good', 'Good morning', 'Good morning.'];
    expect(placesOf({ prefixes })).toEqual(texts.map(placeOf));
  });

  it('that was cut short in a tool call can be gone on from with the call, and without', () => {
    const whole = '["",[["c","find","{"]]]\nSee:';
    const places = placesOf(givenAnswer({ whole, head: HEAD, pieces: ['See:'] }, false, 5));
    const withCall = nodeHash(whole).toString('base64url').slice(0, PREFIX_CHARS);
    expect(places).toEqual([placeOf(''), placeOf('See:'), withCall]);
  });

  it(`that was long has the last ${String(PREFIXES_MAX)} of them`, () => {
    const pieces = Array.from({ length: 1_000 }, (_, index) => `${String(index)} ‰ `);
    const whole = `${HEAD}${pieces.join('')}`;
    const places = placesOf(givenAnswer({ whole, head: HEAD, pieces }, false, 5));
    expect(places).toHaveLength(PREFIXES_MAX);
    expect(places.at(-1)).toBe(placeOf(pieces.join('')));
    expect(places[0]).toBe(placeOf(pieces.slice(0, 1_001 - PREFIXES_MAX).join('')));
  });
});

describe('the hashes of all beginnings', () => {
  it('are those of each beginning by another implementation, wherever blocks end', () => {
    const message = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(message, fc.array(fc.nat({ max: 400 }), { maxLength: 20 }), (whole, cuts) => {
        const ends = cuts.map((end) => Math.min(end, whole.length)).sort((a, b) => a - b);
        const hashes = sha256OfPrefixes(whole, ends).map((hash) => Buffer.from(hash));
        const theirs = ends.map((end) =>
          createHash('sha256').update(whole.subarray(0, end)).digest(),
        );
        expect(hashes).toEqual(theirs);
      }),
    );
  });
});
