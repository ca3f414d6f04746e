// Files and pictures that stand in a request as data, in any dialect's JSON: by data URL (RFC
// 2397), or as base64 beside the word that says what it is. Also documents that were found for the
// model. It looks at everything, not only where a dialect would: what is nowhere expected is
// refused there.

import { type Bytes, fromBase64 } from '../bytes.ts';
import { type Json, list, record, text } from '../dialects/json-value.ts';
import { SNIFFED_BYTES } from './file-type.ts';

export type Payload = {
  /** Its first bytes; null where it is no base64. */
  readonly head: Bytes | null;
  readonly bytes: number;
  /** The media type that the request gives it, or empty. */
  readonly claim: string;
};

/** Names of a value that is base64, whatever stands beside it. */
const FILE_KEYS: ReadonlySet<string> = new Set([
  'file_data',
  'fileData',
  'b64_json',
  'bytesBase64Encoded',
]);
const CLAIM_KEYS = ['media_type', 'mediaType', 'mimeType', 'mime_type'] as const;
/**
 * Blanks before it are none of the address (WHATWG URL, 4.4). A sentence may begin with "Data:".
 */
const DATA_URL = /^\s*data:([^,]*),/i;
const IN_BASE64 = /;\s*base64\s*$/i;
const MEDIA_TYPE = /^\s*[a-z]+\/[^\s;,]+\s*(?:;|$)/i;

const DOCUMENT_TYPES: ReadonlySet<unknown> = new Set([
  'document',
  'search_result',
  'source-document',
  'source_document',
]);

/** A file that is called a document is a file. */
const isDocument = (holder: Json): boolean =>
  DOCUMENT_TYPES.has(holder['type']) && record(holder['source'])['type'] !== 'base64';

/** Four characters of base64 are three bytes. */
const HEAD_CHARS = Math.ceil(SNIFFED_BYTES / 3) * 4;

/** Gemini takes either alphabet of RFC 4648. */
const inStandard = (encoded: string): string => encoded.replace(/-/g, '+').replace(/_/g, '/');

function base64Payload(encoded: string, claim: string): Payload {
  const padding = encoded.endsWith('==') ? 2 : encoded.endsWith('=') ? 1 : 0;
  const bytes = Math.max(0, Math.floor((encoded.length * 3) / 4) - padding);
  return { head: fromBase64(inStandard(encoded.slice(0, HEAD_CHARS))), bytes, claim };
}

function urlPayload(url: string): Payload | null {
  const found = DATA_URL.exec(url);
  if (found === null) return null;
  const claim = found[1] ?? '';
  const rest = url.slice(found[0].length);
  if (IN_BASE64.test(claim)) return base64Payload(rest, claim.trim());
  // Percent-encoded: nothing that a provider takes as a picture, and text at the most.
  return MEDIA_TYPE.test(claim) ? { head: null, bytes: rest.length, claim } : null;
}

function payloadOf(holder: Json, key: string, value: string): Payload | null {
  const byUrl = urlPayload(value);
  if (byUrl !== null) return byUrl;
  if (key !== 'data' && !FILE_KEYS.has(key)) return null;
  const claim = CLAIM_KEYS.map((name) => text(holder[name])).find((one) => one !== '') ?? '';
  const format = text(holder['format']);
  const isNamed = claim !== '' || format !== '' || holder['filename'] !== undefined;
  return isNamed || FILE_KEYS.has(key) || holder['type'] === 'base64'
    ? base64Payload(value, claim === '' && format !== '' ? `audio/${format}` : claim)
    : null;
}

export type Survey = { readonly payloads: readonly Payload[]; readonly documents: number };

/** The parse has bounded depth and keys: this looks at each value once. */
export function surveyOf(json: unknown): Survey {
  const payloads: Payload[] = [];
  let documents = list(record(json)['documents']).filter((one) => !isDocument(record(one))).length;
  const waiting: unknown[] = [json];
  while (waiting.length > 0) {
    const holder = record(waiting.pop());
    if (isDocument(holder)) documents += 1;
    for (const [key, value] of Object.entries(holder)) {
      if (typeof value === 'string') {
        const payload = payloadOf(holder, key, value);
        if (payload !== null) payloads.push(payload);
      } else if (typeof value === 'object' && value !== null) waiting.push(value);
    }
  }
  return { payloads, documents };
}
