// API keys prove themselves by a tag. Attack: guessing keys, or editing one, must end in arithmetic
// and never reach a ledger; a leaked hash must not be a key.

import { randomBytes } from 'node:crypto';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeApiKey, readApiKey } from '../../core/api-key.ts';
import { PLAIN_TERMS } from '../../core/api-key-id.ts';
import type { Bytes } from '../../core/bytes.ts';

const random = (length: number): Bytes => new Uint8Array(randomBytes(length));
const SECRET = random(32);
const { key, apiKey } = makeApiKey(random(44), SECRET);

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The text with the character at `at` replaced by another one of the alphabet. */
function altered(text: string, at: number): string {
  const next = ALPHABET[(ALPHABET.indexOf(text.charAt(at)) + 1) % ALPHABET.length] ?? '?';
  return text.slice(0, at) + next + text.slice(at + 1);
}

/** Made by the first release from bytes of 7 and a secret of bytes of 9. */
const PINNED = 'wb_777777777777.BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc.5rcR1bQwauXBq2ePTHn1-w';

describe('an API key', () => {
  it('is read with the secret it was made with, and named by id and hash', () => {
    expect(readApiKey(key, SECRET)).toEqual(apiKey);
    expect(apiKey.id).toMatch(/^[0-9a-z]{12}$/);
    expect(apiKey.hash).toBe(hashOf(key));
    expect(apiKey.tenant).toBeNull();
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

  it('of no tenant has the form it always had', () => {
    const [bytes, secret] = [new Uint8Array(44).fill(7), new Uint8Array(32).fill(9)];
    expect(makeApiKey(bytes, secret, null)).toEqual({
      key: PINNED,
      apiKey: { id: '777777777777', tenant: null, ...PLAIN_TERMS, hash: hashOf(PINNED) },
    });
  });

  it('has an id and a body of its own for every draw', () => {
    const keys = Array.from({ length: 500 }, () => makeApiKey(random(44), SECRET));
    expect(new Set(keys.map((one) => one.apiKey.id)).size).toBe(500);
    expect(new Set(keys.map((one) => one.key)).size).toBe(500);
  });
});

describe('an API key of a tenant', () => {
  const own = makeApiKey(random(44), SECRET, 'acme');
  const [head = '', body = '', tag = ''] = own.key.split('.');
  const plainId = own.apiKey.id.slice('acme~'.length);

  it('has the tenant in its id, and is read with it', () => {
    expect(own.apiKey.id).toMatch(/^acme~[0-9a-z]{12}$/);
    expect(own.apiKey.tenant).toBe('acme');
    expect(readApiKey(own.key, SECRET)).toEqual(own.apiKey);
  });

  it.each(['acma', 'acm', 'a', 'acme2', 'acme-', 'wb', 'acme~acme'])(
    'is refused with the tenant "%s" written into it (forging a tenant)',
    (tenant) => {
      expect(readApiKey(`wb_${tenant}~${plainId}.${body}.${tag}`, SECRET)).toBeNull();
    },
  );

  it('is refused without its tenant, and a key without one with a tenant (forging a tenant)', () => {
    expect(readApiKey(`wb_${plainId}.${body}.${tag}`, SECRET)).toBeNull();
    expect(readApiKey(key.replace('wb_', 'wb_acme~'), SECRET)).toBeNull();
  });

  it('is refused with any single character altered (forgery)', () => {
    for (let at = 0; at < own.key.length; at += 1) {
      expect(readApiKey(altered(own.key, at), SECRET), `at ${String(at)}`).toBeNull();
    }
    for (const other of ['~~', '--', '.', '']) {
      expect(readApiKey(`${head.replace('~', other)}.${body}.${tag}`, SECRET)).toBeNull();
    }
  });

  it.each(['', 'Acme', 'a~b', 'a.b', 'a b', 'ä', 'a'.repeat(33), 'acme\n'])(
    'is not made for %j',
    (tenant) => {
      expect(() => makeApiKey(random(44), SECRET, tenant)).toThrow('tenant');
    },
  );

  it.each(['a', '-', 'a-1', 'a'.repeat(32)])('is made for "%s"', (tenant) => {
    const made = makeApiKey(random(44), SECRET, tenant);
    expect(readApiKey(made.key, SECRET)).toEqual(made.apiKey);
  });
});
