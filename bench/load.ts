// A load client over plain sockets: prepared requests, a fixed number of connections, one request
// at a time on each. It measures when the first byte of a body came and when the answer was whole.

import { connect, type Socket } from 'node:net';

export type Sample = { readonly firstByteMs: number; readonly totalMs: number };

export type LoadResult = {
  readonly samples: readonly Sample[];
  readonly elapsedMs: number;
  readonly statuses: ReadonlyMap<number, number>;
};

/** The next request's bytes, or null when there are no more. */
export type NextRequest = () => Buffer | null;

const REQUEST_MS_MAX = 30_000;

type Parsed = { readonly status: number; readonly bodyStarted: boolean; readonly whole: boolean };

/** Just enough HTTP/1.1: a status, Content-Length or the last chunk. */
function parse(text: string): Parsed {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return { status: 0, bodyStarted: false, whole: false };
  const status = Number(text.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1];
  const body = text.length - head - 4;
  const whole = length === undefined ? text.endsWith('\r\n0\r\n\r\n') : body >= Number(length);
  return { status, bodyStarted: body > 0, whole };
}

async function runConnection(
  port: number,
  next: NextRequest,
  samples: Sample[],
  statuses: Map<number, number>,
): Promise<void> {
  const socket: Socket = connect({ host: '127.0.0.1', port });
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  for (;;) {
    const request = next();
    if (request === null) break;
    const startedAt = performance.now();
    let text = '';
    let firstByteMs = 0;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error('no answer in time'));
      }, REQUEST_MS_MAX);
      const onData = (data: Buffer): void => {
        text += data.toString('latin1');
        const parsed = parse(text);
        if (parsed.bodyStarted && firstByteMs === 0) firstByteMs = performance.now() - startedAt;
        if (!parsed.whole) return;
        clearTimeout(timer);
        socket.off('data', onData);
        samples.push({ firstByteMs, totalMs: performance.now() - startedAt });
        statuses.set(parsed.status, (statuses.get(parsed.status) ?? 0) + 1);
        resolve();
      };
      socket.on('data', onData);
      socket.write(request);
    });
  }
  socket.destroy();
}

export async function load(
  port: number,
  connections: number,
  next: NextRequest,
): Promise<LoadResult> {
  const samples: Sample[] = [];
  const statuses = new Map<number, number>();
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: connections }, () => runConnection(port, next, samples, statuses)),
  );
  return { samples, elapsedMs: performance.now() - startedAt, statuses };
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};

/** A prepared request. */
export function requestBytes(
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Buffer {
  const lines = Object.entries({
    Host: '127.0.0.1',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}
