// What a dialect narrowed, as the bytes that go up. Only this is sent: never the bytes that were
// received, except where a dialect of bytes hands them on.

import { type Bytes, concatBytes, utf8 } from '../bytes.ts';
import type { FormField, Narrowed } from './dialect.ts';

export type Outgoing = {
  readonly body: Bytes;
  readonly contentType: string;
};

/** A form is only ever read by the provider; the boundary may not stand in any of its parts. */
const BOUNDARY = 'weighbridge-form-boundary-5b1c7e0d9f';

const isForm = (narrowed: Narrowed): narrowed is readonly FormField[] => Array.isArray(narrowed);

/** RFC 7578, 4.2: quotes and line ends of a name are percent-encoded. */
const quoted = (name: string): string =>
  name.replace(/["\r\n]/g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`);

function partOf(field: FormField, boundary: string): Bytes {
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(field.name)}"`;
  if ('text' in field) return utf8(`${head}\r\n\r\n${field.text}\r\n`);
  const fileHead = `${head}; filename="${quoted(field.fileName)}"\r\nContent-Type: ${field.type}`;
  return concatBytes<Bytes>([utf8(`${fileHead}\r\n\r\n`), field.bytes, utf8('\r\n')]);
}

/** `nonce`: makes the boundary of a form one that no caller can have written into it. */
export function outgoing(narrowed: Narrowed, contentType: string, nonce: string): Outgoing {
  if (isForm(narrowed)) {
    const boundary = `${BOUNDARY}-${nonce}`;
    const parts = narrowed.map((field) => partOf(field, boundary));
    const body = concatBytes<Bytes>([...parts, utf8(`--${boundary}--\r\n`)]);
    return { body, contentType: `multipart/form-data; boundary=${boundary}` };
  }
  if (narrowed instanceof Uint8Array) return { body: narrowed, contentType };
  return { body: utf8(JSON.stringify(narrowed)), contentType: 'application/json' };
}
