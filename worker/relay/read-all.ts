// An answer that comes in one piece, up to a limit, with its JSON read on the side. The bytes are what
// the caller gets; what the JSON says is only for the meter.

const ANSWER_BYTES_MAX = 33_554_432;

export type WholeAnswer = { readonly bytes: Uint8Array<ArrayBuffer>; readonly json: unknown };

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

/** Null if the answer broke off or is too large to be one. */
export async function readAll(answer: Response): Promise<WholeAnswer | null> {
  const declared = Number(answer.headers.get('Content-Length') ?? Number.NaN);
  if (declared > ANSWER_BYTES_MAX) return null;
  try {
    if (Number.isSafeInteger(declared)) {
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return { bytes, json: parse(bytes) };
    }
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of answer.body ?? []) {
      length += chunk.length;
      if (length > ANSWER_BYTES_MAX) return null;
      chunks.push(chunk);
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return { bytes, json: parse(bytes) };
  } catch {
    return null;
  }
}
