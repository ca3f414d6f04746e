// A signed token in three parts (RFC 7515, compact form), taken apart as strictly as a body: each
// part in its one spelling, header and claims as JSON objects with one reading. Says nothing about
// the signature.

import { fromBase64Url } from './bytes.ts';
import { decodeUtf8, parseStrictJson } from './json.ts';

const JSON_LIMITS = { depthMax: 8, keysMax: 256 };

type JsonObject = Readonly<Record<string, unknown>>;

export type CompactJws = { readonly header: JsonObject; readonly claims: JsonObject };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readObject(part: string): JsonObject | null {
  const bytes = fromBase64Url(part);
  const text = bytes === null ? null : decodeUtf8(bytes);
  if (text === null || !text.ok) return null;
  const json = parseStrictJson(text.value, JSON_LIMITS);
  return json.ok && isObject(json.value) ? json.value : null;
}

export function readCompactJws(text: string, bytesMax: number): CompactJws | null {
  if (text.length > bytesMax) return null;
  const [first = '', second = '', signature = '', ...more] = text.split('.', 4);
  if (more.length > 0 || signature === '' || fromBase64Url(signature) === null) return null;
  const header = readObject(first);
  const claims = header === null ? null : readObject(second);
  // Nobody here understands an extension that a token insists on.
  if (header === null || claims === null || 'crit' in header) return null;
  return { header, claims };
}
