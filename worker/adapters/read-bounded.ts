// Reads a stream up to a limit, counting the bytes that come rather than believing a declared
// length. Of what comes too much a bounded rest is read and thrown away, because a peer that is
// still sending when the connection closes never reads the answer.

import { type Bytes, concatBytes } from '../../core/bytes.ts';

export type Bounded =
  | { readonly kind: 'whole'; readonly bytes: Bytes }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'broken' };

/** How much of too much is still listened to. */
export const LINGER_BYTES_MAX = 8_388_608;
/** A peer that says nothing for this long has stopped sending, or never meant to. */
const LINGER_SILENCE_MS_MAX = 500;

async function linger(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let discarded = 0;
  while (discarded <= LINGER_BYTES_MAX) {
    const read = await Promise.race([reader.read(), scheduler.wait(LINGER_SILENCE_MS_MAX)]);
    if (read === undefined) break;
    if (read.done) return;
    discarded += read.value.length;
  }
  await reader.cancel();
}

async function readBounded(
  stream: ReadableStream<Uint8Array>,
  bytesMax: number,
  declared: number | null,
): Promise<Bounded> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = declared !== null && declared > bytesMax ? declared : 0;
  try {
    while (length <= bytesMax) {
      const { done, value } = await reader.read();
      if (done) return { kind: 'whole', bytes: concatBytes(chunks) as Bytes };
      length += value.length;
      chunks.push(value);
    }
    chunks.length = 0;
    await linger(reader);
    return { kind: 'too-large' };
  } catch {
    return { kind: length > bytesMax ? 'too-large' : 'broken' };
  }
}

/** The length a peer declares, if it declares one. */
function declaredBytes(headers: Headers): number | null {
  const text = headers.get('Content-Length');
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/**
 * A message's body up to a limit. One that says it is short enough comes in one step: the runtime
 * holds it to what it says, and it is counted all the same.
 */
export async function readBody(message: Request | Response, bytesMax: number): Promise<Bounded> {
  const declared = declaredBytes(message.headers);
  if (message.body === null) return { kind: 'whole', bytes: new Uint8Array(0) };
  if (declared === null || declared > bytesMax) {
    return readBounded(message.body as ReadableStream<Uint8Array>, bytesMax, declared);
  }
  try {
    const bytes = new Uint8Array(await message.arrayBuffer());
    return bytes.length > bytesMax ? { kind: 'too-large' } : { kind: 'whole', bytes };
  } catch {
    return { kind: 'broken' };
  }
}
