// What ties one turn of a conversation to the one before it: the SHA-256 of the last answer's
// canonical text. A request repeats the answer it goes on from; what is kept and compared is the
// hash. It judges nothing but that two texts are the same.

import { concatBytes, equalBytes, toBase64Url, utf8 } from './bytes.ts';
import type { Call } from './call.ts';
import type { CollectedAnswer } from './dialects/dialect.ts';
import type { GivenAnswer } from './ledger/messages.ts';
import type { ProofFailure } from './proof/index.ts';
import { sha256, sha256Base64Url, sha256OfPrefixes } from './proof/sha256.ts';
import { present } from './result.ts';

/** Of an answer that was cut short: how many of its last beginnings the caller may have. */
export const PREFIXES_MAX = 256;
/** 12 bytes of each hash: more than 2^80 tries for one of the thousands that a caller can have. */
export const PREFIX_CHARS = 16;

const lastAnswerOf = ({ route, ask }: Pick<Call, 'route' | 'ask'>): string | null =>
  route.dialect.conversation?.lastAnswer(present(ask, 'ask').body) ?? null;

/** The hash of the answer that this call goes on from, or null for a new conversation. */
export function continuedHash(call: Pick<Call, 'route' | 'ask'>): string | null {
  const text = lastAnswerOf(call);
  return text === null ? null : sha256Base64Url(text);
}

/** A challenge that names an answer is good for a request that goes on from it, and no other. */
export function conversationFailure(
  call: Pick<Call, 'route' | 'ask' | 'challenge'>,
): ProofFailure | null {
  const wanted = call.challenge?.conversationHash;
  if (wanted === undefined || wanted.length === 0) return null;
  const text = lastAnswerOf(call);
  return text !== null && equalBytes(sha256(utf8(text)), wanted) ? null : 'conversation';
}

/** One text for each beginning that ends with a piece, and for all of it, which may be more. */
function prefixesOf({ whole, head, pieces }: CollectedAnswer): string {
  const parts = [head, ...pieces].map(utf8);
  let length = 0;
  const ends = parts.map((part) => (length += part.length)).slice(-PREFIXES_MAX);
  const hashes = sha256OfPrefixes(concatBytes(parts), ends).map(toBase64Url);
  return [...new Set([...hashes, sha256Base64Url(whole)])]
    .map((hash) => hash.slice(0, PREFIX_CHARS))
    .join('');
}

/** What the ledger keeps of an answer: one hash, or those of what a caller who stopped may have. */
export const givenAnswer = (
  answer: CollectedAnswer,
  isComplete: boolean,
  keptMs: number,
): GivenAnswer =>
  isComplete
    ? { hash: sha256Base64Url(answer.whole), prefixes: '', keptMs }
    : { hash: null, prefixes: prefixesOf(answer), keptMs };
