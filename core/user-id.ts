// From what an identity provider calls a user to the id behind `user:`. Whatever could be read in
// two ways in a principal's name or a URL is spelled `~hh`, byte by byte, so that two users never
// share a name and no user has the name of anything else; what cannot be spelled so is refused.

import { utf8 } from './bytes.ts';

const USER_NAME_CHARS_MAX = 128;
/** What the operator API takes behind the colon. */
export const USER_ID_CHARS_MAX = 160;

const PLAIN = /^[A-Za-z0-9._:@-]$/;
/** Control characters, and halves of characters, which no UTF-8 can say. */
const UNSPEAKABLE = /[\p{Cc}\p{Cs}]/u;

/** `auth0|7c1` is `auth0~7c7c1`. Null for what is not a name. */
export function userIdOf(name: unknown): string | null {
  if (typeof name !== 'string' || name === '' || name.length > USER_NAME_CHARS_MAX) return null;
  if (UNSPEAKABLE.test(name)) return null;
  let id = '';
  for (const byte of utf8(name)) {
    const character = String.fromCharCode(byte);
    id += PLAIN.test(character) ? character : `~${(byte + 256).toString(16).slice(1)}`;
  }
  return id.length > USER_ID_CHARS_MAX ? null : id;
}

/** One that `userIdOf` writes: a `~` of a name is itself spelled out in its id. */
export function isUserId(text: string): boolean {
  try {
    const bytes = text.replace(/%/g, '%25').replace(/~(?=[0-9a-f]{2})/g, '%');
    return userIdOf(decodeURIComponent(bytes)) === text;
  } catch {
    return false;
  }
}
