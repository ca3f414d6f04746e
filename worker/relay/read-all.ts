// An answer that comes in one piece, up to a limit, with its JSON read on the side. The bytes are
// what the caller gets; what the JSON says is only for the meter.

import type { Bytes } from '../../core/bytes.ts';
import { declaredBytes, readBounded } from '../adapters/read-bounded.ts';

const ANSWER_BYTES_MAX = 8_388_608;

export type WholeAnswer = { readonly bytes: Bytes; readonly json: unknown };

function parse(bytes: Bytes): WholeAnswer {
  try {
    return { bytes, json: JSON.parse(new TextDecoder().decode(bytes)) };
  } catch {
    return { bytes, json: null };
  }
}

/** Null if the answer broke off or is too large to be one. */
export async function readAll(answer: Response): Promise<WholeAnswer | null> {
  const declared = declaredBytes(answer.headers);
  if (declared !== null && declared <= ANSWER_BYTES_MAX) {
    try {
      return parse(new Uint8Array(await answer.arrayBuffer()));
    } catch {
      return null;
    }
  }
  if (answer.body === null) return parse(new Uint8Array(0));
  const body = answer.body as ReadableStream<Uint8Array>;
  const read = await readBounded(body, ANSWER_BYTES_MAX, declared);
  return read.kind === 'whole' ? parse(read.bytes) : null;
}
