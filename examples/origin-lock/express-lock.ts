// The lock for Express (4 and 5) and whatever else takes its middleware. It has to stand before
// every body parser: what was signed are the bytes, and `express.json()` leaves none. What it lets
// through finds its JSON in `req.body`, as if it had been parsed by Express, and who calls in
// `callerOf(req)`.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type GatewayCaller, type LockOptions, makeLock } from './lock.ts';

type Request = IncomingMessage & { originalUrl?: string; body?: unknown };
type Next = (error?: unknown) => void;

const BODY_BYTES_MAX = 1_048_576;
const callers = new WeakMap<object, GatewayCaller>();

/** Who calls, of a request that has passed the lock. */
export function callerOf(request: object): GatewayCaller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error('this request has not passed the origin lock');
  return caller;
}

async function readBody(
  request: Request,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    bytes += (part as Buffer).length;
    if (bytes > bytesMax) return null;
    parts.push(part as Buffer);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function parsed(body: Buffer, type: string): unknown {
  if (!type.startsWith('application/json')) return body;
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw Object.assign(new Error('the body is not JSON', { cause }), { status: 400 });
  }
}

export function originLock({
  bodyBytesMax = BODY_BYTES_MAX,
  ...options
}: LockOptions & { readonly bodyBytesMax?: number }) {
  const lock = makeLock(options);
  const check = async (request: Request, response: ServerResponse): Promise<boolean> => {
    if (request.readableDidRead) throw new Error('the origin lock stands behind a body parser');
    const headers = new Map(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    let body = new Uint8Array(0);
    const caller = await lock({
      method: request.method ?? '',
      // Not `url`: Express cuts from it what it is mounted under.
      target: request.originalUrl ?? request.url ?? '',
      headers,
      readBody: async () => {
        const read = await readBody(request, bodyBytesMax);
        body = read ?? body;
        return read;
      },
    });
    if (caller === null) {
      response.writeHead(403, { 'Content-Type': 'application/json', Connection: 'close' });
      response.end('{"error":"Only the gateway may ask."}');
      return false;
    }
    callers.set(request, caller);
    request.body = parsed(Buffer.from(body), headers.get('content-type') ?? '');
    return true;
  };
  return (request: Request, response: ServerResponse, next: Next): void => {
    check(request, response).then((isOurs) => {
      if (isOurs) next();
    }, next);
  };
}
