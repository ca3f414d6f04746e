// HTTP spoken by hand over a plain socket, so that a test can do what no client library would: lie
// about a length, stop half-way, leave with a FIN or a RST at a chosen moment, call from another
// loopback address. It reads answers strictly enough to tell a whole one from a broken one.

import { connect, type Socket } from 'node:net';
import { poll } from './poll.ts';

/** An answer as far as it has arrived. */
export type WireAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** The framing said that this was all. */
  readonly complete: boolean;
};

export type Wire = {
  send(bytes: string | Uint8Array): void;
  /** Null until the head is complete. */
  view(): WireAnswer | null;
  /** Everything received so far, framing included. */
  raw(): Buffer;
  closed(): boolean;
  /** The whole answer; throws if the connection ends before it. */
  answer(deadlineMs?: number): Promise<WireAnswer>;
  /** Resolves when the body so far satisfies this. */
  sees(what: string, test: (body: string) => boolean): Promise<void>;
  /**
   * FIN: says that nothing more will be sent, and goes on listening. RST: breaks the connection.
   * CLOSE: what a program does that ends, a FIN with nobody behind it.
   */
  leave(how: Leaving): void;
};

export type Leaving = 'FIN' | 'RST' | 'CLOSE';

const HEAD_END = '\r\n\r\n';

function unchunk(bytes: Buffer): { body: Buffer; complete: boolean } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return { body: Buffer.concat(parts), complete: false };
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (size === 0) return { body: Buffer.concat(parts), complete: true };
    const start = lineEnd + 2;
    parts.push(bytes.subarray(start, Math.min(start + size, bytes.length)));
    at = start + size + 2;
    if (at > bytes.length) return { body: Buffer.concat(parts), complete: false };
  }
}

function parseAnswer(bytes: Buffer, ended: boolean, headOnly: boolean): WireAnswer | null {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const status = Number(statusLine.split(' ')[1]);
  const rest = bytes.subarray(headEnd + HEAD_END.length);
  if (headOnly) return { status, headers, body: Buffer.alloc(0), complete: true };
  if (/chunked/i.test(headers.get('Transfer-Encoding') ?? '')) {
    return { status, headers, ...unchunk(rest) };
  }
  const declared = headers.get('Content-Length');
  const length = declared === null ? Number.POSITIVE_INFINITY : Number(declared);
  const complete = declared === null ? ended : rest.length >= length;
  return { status, headers, body: rest.subarray(0, Math.min(length, rest.length)), complete };
}

export type WireOptions = {
  /** The loopback address to call from. */
  readonly from?: string;
  /** An answer to HEAD ends with its head. */
  readonly headOnly?: boolean;
};

export async function openWire(url: string, options: WireOptions = {}): Promise<Wire> {
  const { from = '127.0.0.1', headOnly = false } = options;
  const received: Buffer[] = [];
  let ended = false;
  const socket: Socket = connect({
    host: '127.0.0.1',
    port: Number(new URL(url).port),
    localAddress: from,
    allowHalfOpen: true,
  });
  socket.setNoDelay(true);
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  socket.on('error', () => undefined);
  for (const event of ['end', 'close'] as const) {
    socket.on(event, () => {
      ended = true;
    });
  }
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const raw = (): Buffer => Buffer.concat(received);
  const view = (): WireAnswer | null => parseAnswer(raw(), ended, headOnly);
  return {
    send(bytes) {
      socket.write(bytes);
    },
    view,
    raw,
    closed: () => ended,
    async answer(deadlineMs = 10_000) {
      const last = await poll(
        'a whole answer',
        () => {
          const answer = view();
          return answer?.complete === true || ended ? { answer } : null;
        },
        deadlineMs,
      );
      if (last.answer?.complete !== true) throw new Error('the connection ended before the answer');
      socket.destroy();
      return last.answer;
    },
    async sees(what, test) {
      await poll(what, () => test(view()?.body.toString('utf8') ?? ''));
    },
    leave(how) {
      if (how === 'RST') socket.resetAndDestroy();
      else if (how === 'CLOSE') socket.destroy();
      else socket.end();
    },
  };
}

/** A request as text. The length is counted unless a header says something about framing. */
export function requestBytes(
  requestLine: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = '',
): Buffer {
  const payload = Buffer.from(body);
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const framed = names.includes('content-length') || names.includes('transfer-encoding');
  const lines = [`${requestLine} HTTP/1.1`];
  if (!names.includes('host')) lines.push('Host: localhost');
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (!framed && payload.length > 0) lines.push(`Content-Length: ${String(payload.length)}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}${HEAD_END}`), payload]);
}
