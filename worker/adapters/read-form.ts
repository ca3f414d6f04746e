// A multipart form (RFC 7578) as its parts, read by the platform and bounded here. It is written
// anew before it goes up, so that no second reader can find other parts in it.

import type { Bytes } from '../../core/bytes.ts';
import type { Denial } from '../../core/denial.ts';
import type { FormField } from '../../core/dialects/dialect.ts';
import { err, ok, type Result } from '../../core/result.ts';

const PARTS_MAX = 64;
const NAME_CHARS_MAX = 128;

const refuse = (sentence: string): Result<never, Denial> =>
  err({ kind: 'shape-refused', field: 'body', sentence });

export async function readForm(
  bytes: Bytes,
  contentType: string,
): Promise<Result<readonly FormField[], Denial>> {
  let data: FormData;
  try {
    data = await new Response(bytes, { headers: { 'Content-Type': contentType } }).formData();
  } catch {
    return refuse('This is no multipart form.');
  }
  const fields: FormField[] = [];
  for (const [name, value] of data.entries()) {
    if (name.length > NAME_CHARS_MAX) return refuse('A part has too long a name.');
    if (fields.length === PARTS_MAX) {
      return refuse(`A form may have ${String(PARTS_MAX)} parts at most.`);
    }
    if (typeof value === 'string') fields.push({ name, text: value });
    else {
      const { name: fileName, type } = value;
      const content = new Uint8Array(await value.arrayBuffer());
      fields.push({ name, fileName: fileName.slice(0, NAME_CHARS_MAX), type, bytes: content });
    }
  }
  return ok(fields);
}
