// An answer that comes in one piece, up to a limit, with its JSON read on the side. The bytes are
// what the caller gets; what the JSON says is only for the meter.

import type { Bytes } from '../../core/bytes.ts';
import { readBody } from '../adapters/read-bounded.ts';

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
  const read = await readBody(answer, ANSWER_BYTES_MAX);
  return read.kind === 'whole' ? parse(read.bytes) : null;
}
