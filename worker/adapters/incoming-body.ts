// The request's body, read once and counted as it is read: a declared length is only a hint. Stops at
// the limit without reading the rest.

import type { Bytes } from '../../core/bytes.ts';
import type { IncomingBody } from '../../core/call.ts';
import { err, ok } from '../../core/result.ts';

function join(chunks: readonly Uint8Array[], length: number): Bytes {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

export function incomingBody(request: Request): IncomingBody {
  return {
    async read(bytesMax) {
      if (request.body === null) return ok(new Uint8Array(0));
      const reader = request.body.getReader();
      const chunks: Uint8Array[] = [];
      let length = 0;
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          length += value.length;
          if (length > bytesMax) {
            await reader.cancel();
            return err({ kind: 'body-too-large', bodyBytesMax: bytesMax });
          }
          chunks.push(value);
        }
      } catch {
        return err({ kind: 'body-incomplete' });
      }
      return ok(join(chunks, length));
    },
  };
}
