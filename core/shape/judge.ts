// Whether a request has the shape that its route takes, beside how long it is: messages, documents,
// files and their types. What can be clamped is not looked at here.

import type { Ask, FormField } from '../dialects/dialect.ts';
import type { ShapeSource } from '../policy/shape-schema.ts';
import { claimedType, fileTypeOf, SNIFFED_BYTES } from './file-type.ts';
import type { Payload, Survey } from './payloads.ts';

export type Flaw = { readonly field: string; readonly sentence: string };

const flaw = (field: string, sentence: string): Flaw => ({ field, sentence });

/** Files of a form, as the JSON of another dialect would carry them. */
export const formPayloads = (form: readonly FormField[]): readonly Payload[] =>
  form.flatMap((field) =>
    'bytes' in field
      ? [
          {
            head: field.bytes.slice(0, SNIFFED_BYTES),
            bytes: field.bytes.length,
            claim: field.type,
          },
        ]
      : [],
  );

function fileFlaw({ head, bytes, claim }: Payload, shape: ShapeSource): Flaw | null {
  const { fileBytesMax, fileTypes } = shape;
  if (fileBytesMax !== undefined && bytes > fileBytesMax) {
    return flaw('files', `A file may have ${String(fileBytesMax)} bytes at most.`);
  }
  if (fileTypes === undefined) return null;
  const type = head === null ? null : fileTypeOf(head);
  if (type === null || !fileTypes.includes(type)) {
    const found = type === null ? 'of no type that is known' : `of the type "${type}"`;
    return flaw('files', `A file is ${found}. Offered here: ${fileTypes.join(', ')}.`);
  }
  const claimed = claimedType(claim);
  return claimed !== null && claimed !== type
    ? flaw('files', `A file is called "${claimed}" and is of the type "${type}".`)
    : null;
}

/** The first thing about it that the route does not take. */
export function shapeFlaw(
  { messages }: Pick<Ask, 'messages'>,
  { payloads, documents }: Survey,
  shape: ShapeSource,
): Flaw | null {
  const { messagesMax, documentsMax } = shape;
  if (messagesMax !== undefined && messages > messagesMax) {
    return flaw('messages', `At most ${String(messagesMax)} messages are offered here.`);
  }
  if (documentsMax !== undefined && documents > documentsMax) {
    return flaw('documents', `At most ${String(documentsMax)} documents are offered here.`);
  }
  for (const payload of payloads) {
    const found = fileFlaw(payload, shape);
    if (found !== null) return found;
  }
  return null;
}
