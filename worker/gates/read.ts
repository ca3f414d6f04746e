// Takes the body: bounded while it is read, strictly parsed, hashed as it came. What two parsers
// could read differently is refused, because what was priced must be what is sent.

import { decodeUtf8, parseStrictJson } from '../../core/json.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import type { Route } from '../../core/policy/policy.ts';
import { err, ok } from '../../core/result.ts';
import { readForm } from '../adapters/read-form.ts';
import type { Gate } from './gate.ts';

const JSON_LIMITS = { depthMax: 64, keysMax: 50_000 };
/** Below this our own hash is quicker than a trip to WebCrypto. */
const SHORT_BODY_BYTES = 1_024;

/** Of a caller's header in a record. */
const SHOWN_CHARS_MAX = 60;

const TYPES = {
  json: /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i,
  form: /^multipart\/form-data\s*;\s*boundary=[^;]+$/i,
  bytes: /^[^\r\n]{0,256}$/,
} as const;

function limitsOf({ shape }: Route): typeof JSON_LIMITS {
  const { jsonDepthMax = JSON_LIMITS.depthMax, jsonKeysMax = JSON_LIMITS.keysMax } = shape;
  return { depthMax: jsonDepthMax, keysMax: jsonKeysMax };
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes.length <= SHORT_BODY_BYTES) return sha256(bytes);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

export const read: Gate = {
  name: 'read',
  async check(call) {
    const encoding = call.headers.get('Content-Encoding');
    if (encoding !== null && encoding.toLowerCase() !== 'identity') {
      return err({ kind: 'body-encoded', encoding: encoding.slice(0, SHOWN_CHARS_MAX) });
    }
    const contentType = call.headers.get('Content-Type') ?? '';
    const { bodyKind } = call.route.dialect;
    if (!TYPES[bodyKind].test(contentType)) {
      const shown = contentType.slice(0, SHOWN_CHARS_MAX);
      return err({ kind: 'body-type-unsupported', contentType: shown });
    }
    const { bodyBytesMax } = call.route;
    // A call that is judged anew, on other terms, was taken already.
    const body = call.body === null ? await call.incoming.read(bodyBytesMax) : ok(call.body.bytes);
    if (!body.ok) return body;
    const bytes = body.value;
    if (bytes.length > bodyBytesMax) return err({ kind: 'body-too-large', bodyBytesMax });
    if (bytes.length === 0) return err({ kind: 'body-empty' });
    const taken = { bytes, digest: await digestOf(bytes), json: null, form: [], contentType };
    if (bodyKind === 'bytes') return ok({ ...call, body: taken });
    if (bodyKind === 'form') {
      const form = await readForm(bytes, contentType);
      return form.ok ? ok({ ...call, body: { ...taken, form: form.value } }) : form;
    }
    const text = decodeUtf8(bytes);
    if (!text.ok) return err({ kind: 'body-not-utf8', reason: text.error });
    const json = parseStrictJson(text.value, limitsOf(call.route));
    if (!json.ok) return err({ kind: 'body-not-json', ...json.error });
    return ok({ ...call, body: { ...taken, json: json.value } });
  },
};
