// API keys prove themselves by a tag. Attack: guessing keys, or editing one, must end in arithmetic
// and never reach a ledger; a leaked hash must not be a key.

import { randomBytes } from 'node:crypto';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeApiKey, readApiKey } from '../../core/api-key.ts';
import type { Bytes } from '../../core/bytes.ts';

const random = (length: number): Bytes => new Uint8Array(randomBytes(length));
const SECRET = random(32);
const { key, apiKey } = makeApiKey(random(44), SECRET);

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The text with the character at `at` replaced by another one of the alphabet. */
function altered(text: string, at: number): string {
  const next = ALPHABET[(ALPHABET.indexOf(text.charAt(at)) + 1) % ALPHABET.length] ?? '?';
  return text.slice(0, at) + next + text.slice(at + 1);
}

describe('an API key', () => {
  it('is read with the secret it was made with, and named by id and hash', () => {
    expect(readApiKey(key, SECRET)).toEqual(apiKey);
    expect(apiKey.id).toMatch(/^[0-9a-z]{12}$/);
    expect(apiKey.hash).toBe(createHash('sha256').update(key).digest('hex'));
  });

  it('does not carry its hash, and the hash is no key', () => {
    expect(key).not.toContain(apiKey.hash.slice(0, 16));
    expect(readApiKey(apiKey.hash, SECRET)).toBeNull();
  });

  it('is refused with any single character altered (forgery)', () => {
    for (let at = 0; at < key.length; at += 1) {
      expect(readApiKey(altered(key, at), SECRET), `at ${String(at)}`).toBeNull();
    }
  });

  it('is refused under any other secret (forgery)', () => {
    const other = SECRET.slice();
    other[0] = (other[0] ?? 0) ^ 1;
    expect(readApiKey(key, other)).toBeNull();
    expect(readApiKey(key, random(32))).toBeNull();
  });

  it('is refused with the id, body or tag of another key (splicing)', () => {
    const split = (text: string): string[] => text.split('.');
    const [id, body, tag] = split(key);
    const [otherId, otherBody, otherTag] = split(makeApiKey(random(44), SECRET).key);
    for (const spliced of [
      [otherId, body, tag],
      [id, otherBody, tag],
      [id, body, otherTag],
    ]) {
      expect(readApiKey(spliced.join('.'), SECRET)).toBeNull();
    }
  });

  it.each([
    '',
    'wb_',
    ` ${key}`,
    `${key} `,
    `${key}\n`,
    `${key}=`,
    key.toUpperCase(),
    key.replaceAll('.', '..'),
    key.slice(0, -1),
    key.replace('wb_', 'sk-'),
  ])('is refused in another shape: %j', (text) => {
    expect(readApiKey(text, SECRET)).toBeNull();
  });

  it('has an id and a body of its own for every draw', () => {
    const keys = Array.from({ length: 500 }, () => makeApiKey(random(44), SECRET));
    expect(new Set(keys.map((one) => one.apiKey.id)).size).toBe(500);
    expect(new Set(keys.map((one) => one.key)).size).toBe(500);
  });
});
