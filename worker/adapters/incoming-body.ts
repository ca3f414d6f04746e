// The request's body, read once, bounded while it is read.

import type { IncomingBody } from '../../core/call.ts';
import { err, ok } from '../../core/result.ts';
import { type Bounded, declaredBytes, readBounded } from './read-bounded.ts';

/** A body that says it is short enough, in one step. The runtime holds it to what it says. */
async function readShort(request: Request): Promise<Bounded> {
  try {
    return { kind: 'whole', bytes: new Uint8Array(await request.arrayBuffer()) };
  } catch {
    return { kind: 'broken' };
  }
}

export function incomingBody(request: Request): IncomingBody {
  return {
    async read(bytesMax) {
      const { body } = request;
      if (body === null) return ok(new Uint8Array(0));
      const declared = declaredBytes(request.headers);
      const read =
        declared !== null && declared <= bytesMax
          ? await readShort(request)
          : await readBounded(body as ReadableStream<Uint8Array>, bytesMax, declared);
      if (read.kind === 'broken') return err({ kind: 'body-incomplete' });
      if (read.kind === 'too-large' || read.bytes.length > bytesMax) {
        return err({ kind: 'body-too-large', bodyBytesMax: bytesMax });
      }
      return ok(read.bytes);
    },
  };
}
