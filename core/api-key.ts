// API keys that prove themselves: a tag over id and secret tells a forged key from a real one
// without asking anybody, so guessing keys never reaches a ledger. The ledger keeps only the hash.
// A key's tenant, plan and terms are in its id, under the same tag (`api-key-id.ts`); a key that
// is rotated gets another secret under the id it has.

import { type ApiKeyId, formatApiKeyId, PLAIN_TERMS, readApiKeyId } from './api-key-id.ts';
import {
  type Bytes,
  equalBytes,
  fromBase64Url,
  lengthPrefixed,
  toBase64Url,
  toHex,
  utf8,
} from './bytes.ts';
import type { ApiKey } from './call.ts';
import { hmacSha256, sha256 } from './proof/sha256.ts';

export const API_KEY_PREFIX = 'wb_';
const MAC_PREFIX = utf8('weighbridge api key v1\0');
const TAG_BYTES = 16;
const SHAPE = /^wb_([0-9a-z~-]{12,138})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/;
const ID_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

const tagOf = (secret: Bytes, id: string, body: string): Uint8Array =>
  hmacSha256(secret)(lengthPrefixed(MAC_PREFIX, [utf8(id), utf8(body)])).slice(0, TAG_BYTES);

/** Of a secret, as many characters may be seen, 24 of its 256 bits: enough to tell two apart. */
const SHOWN_CHARACTERS = 4;

/** The first characters of a key, by which its owner can tell which one it is. */
export const startOf = (key: string): string =>
  key.slice(0, key.indexOf('.') + 1 + SHOWN_CHARACTERS);

/** What is kept of a key. */
export const hashOf = (key: string): string => toHex(sha256(utf8(key)));

/**
 * A key made with this secret, or null. Its shape and tag only: it may be over, or revoked.
 */
export function readApiKey(text: string, secret: Bytes): ApiKey | null {
  const match = SHAPE.exec(text);
  if (match === null) return null;
  const [, id = '', body = '', tag = ''] = match;
  const said = readApiKeyId(id);
  const given = fromBase64Url(tag);
  if (said === null || given === null) return null;
  if (!equalBytes(tagOf(secret, id, body), given)) return null;
  return { id, ...said, hash: hashOf(text) };
}

/** Is it over? Of a key whose tag is right this is known by arithmetic alone. */
export const isExpired = (
  { expiresAtSeconds }: Pick<ApiKey, 'expiresAtSeconds'>,
  nowMs: number,
): boolean => expiresAtSeconds !== null && nowMs >= expiresAtSeconds * 1_000;

/** The key of this id with a secret of its own: 32 random bytes. Shown once. */
export function keyUnder(id: string, random: Bytes, secret: Bytes): string {
  const body = toBase64Url(random);
  return `${API_KEY_PREFIX}${id}.${body}.${toBase64Url(tagOf(secret, id, body))}`;
}

/** A new key from 44 random bytes: 12 for the id, 32 for the secret. */
export function makeApiKey(
  random: Bytes,
  secret: Bytes,
  tenant: string | null = null,
  terms: Partial<Omit<ApiKeyId, 'tenant'>> = PLAIN_TERMS,
): { key: string; apiKey: ApiKey } {
  let name = '';
  for (const byte of random.subarray(0, 12)) name += ID_ALPHABET.charAt(byte % 36);
  const said = { ...PLAIN_TERMS, ...terms, tenant };
  const id = formatApiKeyId(said, name);
  const key = keyUnder(id, random.slice(12, 44), secret);
  return { key, apiKey: { id, ...said, hash: hashOf(key) } };
}
