// What a caller gave to `fetch`, read once into the exact bytes that will be hashed and sent. It
// refuses a body larger than BODY_BYTES_MAX, because a proof binds the whole of it.

import type { Bytes } from '../core/bytes.ts';
import { abortable } from './abortable.ts';

export type OutgoingCall = {
  readonly url: URL;
  /** Upper case. */
  readonly method: string;
  readonly headers: Headers;
  readonly hasBody: boolean;
  readonly body: Bytes;
  readonly signal: AbortSignal | null;
  /** Everything else the caller asked of `fetch`: credentials, mode, cache, a dispatcher … */
  readonly rest: RequestInit;
};

export const BODY_BYTES_MAX = 8 * 1_048_576;
const OPENING_BRACE = 0x7b;

export async function readCall(
  url: URL,
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  authorization: string | null,
): Promise<OutgoingCall> {
  const request = input instanceof Request ? input : null;
  const { method, headers: given, body, signal: own, ...rest } = init ?? {};
  const signal = own === undefined ? (request?.signal ?? null) : own;
  signal?.throwIfAborted();
  // A Response turns every kind of body into bytes and a content type, once: a form's boundary is
  // drawn here and nowhere else.
  const source = body === undefined || body === null ? request : new Response(body);
  const headers = new Headers(given ?? request?.headers ?? {});
  const contentType = source?.headers.get('Content-Type') ?? null;
  if (contentType !== null && !headers.has('Content-Type')) {
    headers.set('Content-Type', contentType);
  }
  if (authorization !== null) headers.set('Authorization', authorization);
  return {
    url,
    method: (method ?? request?.method ?? 'GET').toUpperCase(),
    headers,
    hasBody: hasBody(input, init),
    body: source === null ? new Uint8Array(0) : await readBytes(source, signal),
    signal,
    rest: request === null ? rest : { ...membersOf(request), ...rest },
  };
}

/** Where a request goes, or null for what only the platform's `fetch` can complain about. */
export function targetUrl(input: RequestInfo | URL): URL | null {
  const text = input instanceof Request ? input.url : String(input);
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  return URL.canParse(text, base) ? new URL(text, base) : null;
}

export function hasBody(input: RequestInfo | URL, init: RequestInit | undefined): boolean {
  if (init?.body !== undefined && init.body !== null) return true;
  if (!(input instanceof Request)) return false;
  // Not every browser shows a request's body; the method tells then.
  const shown: ReadableStream | null | undefined = input.body;
  return shown === undefined ? !['GET', 'HEAD'].includes(input.method) : shown !== null;
}

/** A stream is gone once it was sent. */
export const isReplayable = (body: RequestInit['body']): boolean =>
  !(body instanceof ReadableStream) && !(Symbol.asyncIterator in Object(body));

/** A hint, so that the challenge is priced for this call. A wrong one costs a retry, no money. */
export function modelOf({ body }: OutgoingCall): string | null {
  if (body[0] !== OPENING_BRACE) return null;
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(body));
    const model = typeof json === 'object' && json !== null && 'model' in json ? json.model : null;
    return typeof model === 'string' ? model : null;
  } catch {
    return null;
  }
}

async function readBytes(source: Request | Response, signal: AbortSignal | null): Promise<Bytes> {
  const stream: ReadableStream<Bytes> | null | undefined = source.body;
  if (stream === null || stream === undefined) {
    return within(new Uint8Array(await abortable(source.arrayBuffer(), signal)));
  }
  const reader = stream.getReader();
  const chunks: Bytes[] = [];
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return join(chunks, total);
      if (!(value instanceof Uint8Array)) throw new TypeError('A body stream must carry bytes.');
      total += value.length;
      if (total > BODY_BYTES_MAX) throw tooLarge();
      chunks.push(value);
    }
  } catch (error) {
    void reader.cancel(error).catch(() => undefined);
    throw error;
  }
}

function join(chunks: readonly Bytes[], total: number): Bytes {
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function within(bytes: Bytes): Bytes {
  if (bytes.length > BODY_BYTES_MAX) throw tooLarge();
  return bytes;
}

const tooLarge = (): TypeError =>
  new TypeError(`A protected request's body may have at most ${BODY_BYTES_MAX} bytes.`);

const membersOf = (request: Request): RequestInit => ({
  cache: request.cache,
  credentials: request.credentials,
  integrity: request.integrity,
  keepalive: request.keepalive,
  mode: request.mode,
  redirect: request.redirect,
  referrer: request.referrer,
  referrerPolicy: request.referrerPolicy,
});
