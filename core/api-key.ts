// API keys that prove themselves: a tag over id and secret tells a forged key from a real one
// without asking anybody, so guessing keys never reaches a ledger. The ledger keeps only the hash.
// A key of a tenant has the tenant in its id, under the same tag.

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
import { Fault } from './result.ts';

export const API_KEY_PREFIX = 'wb_';
const MAC_PREFIX = utf8('weighbridge api key v1\0');
const TAG_BYTES = 16;
/** What a tenant may be called. */
export const TENANT_SHAPE = /^[a-z0-9-]{1,32}$/;
/** `1k97xotwas4n`, or `acme~1k97xotwas4n` for a key of a tenant. */
export const API_KEY_ID_SHAPE = /^(?:[a-z0-9-]{1,32}~)?[0-9a-z]{12}$/;
const SHAPE =
  /^wb_((?:([a-z0-9-]{1,32})~)?[0-9a-z]{12})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/;
const ID_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

const tagOf = (secret: Bytes, id: string, body: string): Uint8Array =>
  hmacSha256(secret)(lengthPrefixed(MAC_PREFIX, [utf8(id), utf8(body)])).slice(0, TAG_BYTES);

const hashOf = (key: string): string => toHex(sha256(utf8(key)));

/** A key made with this secret, or null. Its shape and tag only: it may have been revoked. */
export function readApiKey(text: string, secret: Bytes): ApiKey | null {
  const match = SHAPE.exec(text);
  if (match === null) return null;
  const [, id = '', tenant = null, body = '', tag = ''] = match;
  const given = fromBase64Url(tag);
  if (given === null || !equalBytes(tagOf(secret, id, body), given)) return null;
  return { id, tenant, hash: hashOf(text) };
}

/** A new key from 44 random bytes: 12 for the id, 32 for the secret. Shown once. */
export function makeApiKey(
  random: Bytes,
  secret: Bytes,
  tenant: string | null = null,
): { key: string; apiKey: ApiKey } {
  if (tenant !== null && !TENANT_SHAPE.test(tenant)) throw new Fault('not the name of a tenant');
  let id = tenant === null ? '' : `${tenant}~`;
  for (const byte of random.subarray(0, 12)) id += ID_ALPHABET.charAt(byte % 36);
  const body = toBase64Url(random.subarray(12, 44));
  const key = `${API_KEY_PREFIX}${id}.${body}.${toBase64Url(tagOf(secret, id, body))}`;
  return { key, apiKey: { id, tenant, hash: hashOf(key) } };
}
