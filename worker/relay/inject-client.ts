// Writes the SDK's script tag into a page of the origin on its way through, as the first thing in
// its head, so that the origin needs no change. Holds back no more than the head; the rest of the
// page streams. It never weakens a page's own policy and never touches what is not a whole page.

import { clientTag } from '../../core/page/client-tag.ts';
import { isUnder } from '../../core/page/is-under.ts';
import { scriptPermission } from '../../core/page/script-permission.ts';
import type { InjectClient } from '../../core/policy/policy.ts';
import { logOnce } from '../observe/once.ts';
import { readPageStart } from './page-start.ts';

/** What the platform takes off by itself when a body is read. */
const READABLE_ENCODINGS: ReadonlySet<string> = new Set(['', 'identity', 'gzip', 'br']);
/** Charsets in which ASCII bytes may mean something else than ASCII. */
const FOREIGN_CHARSET = /charset\s*=\s*["']?(?:utf-?(?:16|32|7)|ucs|iso-?2022|hz|ebcdic|cp037)/i;
/** Of the bytes as they were; false of any others. */
const DIGEST_HEADERS = ['Content-MD5', 'Content-Digest', 'Repr-Digest', 'Digest'] as const;

/**
 * A whole page of HTML; an answer to HEAD has no body. Everything else is passed on without being
 * looked at.
 */
function isPage({ headers, status, body }: Response): boolean {
  return (
    /^\s*text\/html\s*(?:;|$)/i.test(headers.get('Content-Type') ?? '') &&
    body !== null &&
    status !== 206 &&
    !headers.has('Content-Range')
  );
}

/** Why this page cannot have the tag although it is one, or null. */
function obstacle({ headers }: Response): string | null {
  if (FOREIGN_CHARSET.test(headers.get('Content-Type') ?? '')) return 'charset';
  if (!READABLE_ENCODINGS.has((headers.get('Content-Encoding') ?? '').trim().toLowerCase())) {
    return 'content-encoding';
  }
  // RFC 9111, section 5.2.2.6.
  return /(?:^|[,\s])no-transform(?:$|[,\s])/i.test(headers.get('Cache-Control') ?? '')
    ? 'no-transform'
    : null;
}

/** Of the page as it is sent: without its encoding, and with the tag or without. */
function headersOf({ headers: given }: Response, isTagged: boolean): Headers {
  const headers = new Headers(given);
  const wasEncoded = headers.has('Content-Encoding');
  headers.delete('Content-Length');
  // Compressing it again would hold a streamed page back to its end (measured in workerd); in front
  // of the Worker the edge compresses for whoever takes it.
  headers.delete('Content-Encoding');
  if (!isTagged && !wasEncoded) return headers;
  const etag = headers.get('ETag');
  if (etag?.startsWith('"') === true) headers.set('ETag', `W/${etag}`);
  // Ranges of what the origin has are not ranges of this.
  headers.delete('Accept-Ranges');
  for (const name of DIGEST_HEADERS) headers.delete(name);
  return headers;
}

async function send(start: Uint8Array, rest: ReadableStream, to: WritableStream): Promise<void> {
  const writer = to.getWriter();
  await writer.write(start);
  writer.releaseLock();
  await rest.pipeTo(to);
}

async function withTag(answer: Response, tag: string, path: string): Promise<Response> {
  const { body } = answer;
  if (body === null) return answer;
  const { bytes, tagged } = await readPageStart(body, tag);
  const isTagged = typeof tagged !== 'string';
  if (!isTagged && tagged !== 'own-tag') notInjected(tagged, path);
  const { readable, writable } = new IdentityTransformStream();
  // A caller who leaves ends it, and an origin that breaks off: both stand in the streams.
  void send(isTagged ? tagged : bytes, body, writable).catch(() => undefined);
  return new Response(readable, {
    status: answer.status,
    statusText: answer.statusText,
    headers: headersOf(answer, isTagged),
  });
}

function notInjected(reason: string, path: string): void {
  logOnce('client-not-injected', reason, { path });
}

/** The answer with the tag in it, or the answer as it is. */
export async function injectClient(
  request: Request,
  answer: Response,
  injection: InjectClient,
): Promise<Response> {
  const { protocol, host, pathname } = new URL(request.url);
  if (!isPage(answer) || !isUnder(pathname, injection.paths)) return answer;
  const reason = obstacle(answer);
  const csp = answer.headers.get('Content-Security-Policy');
  const permission = reason === null ? scriptPermission(csp, { scheme: protocol, host }) : null;
  if (permission !== null) {
    return withTag(answer, clientTag(injection, permission.nonce), pathname);
  }
  notInjected(reason ?? 'content-security-policy', pathname);
  return answer;
}
