/**
 * Reads a multipart/form-data body (RFC 7578) into its fields. Files keep their bytes and size. It
 * refuses more than PARTS_MAX parts and bodies whose boundary does not close.
 */
export function readMultipart(contentType: string, body: Buffer): Map<string, Part> | undefined {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (!/^multipart\/form-data\b/i.test(contentType) || mark === undefined) return undefined;
  const parts = new Map<string, Part>();
  let start = body.indexOf(`--${mark}`);
  while (start !== -1 && parts.size <= PARTS_MAX) {
    const headStart = start + mark.length + 2;
    if (body.subarray(headStart, headStart + 2).toString() === '--') return parts;
    const headEnd = body.indexOf('\r\n\r\n', headStart);
    const end = body.indexOf(`\r\n--${mark}`, headEnd);
    if (headEnd === -1 || end === -1) return undefined;
    const head = body.subarray(headStart, headEnd).toString('utf8');
    const name = /\bname="([^"]*)"/i.exec(head)?.[1];
    const isFile = /\bfilename="/i.test(head);
    if (name !== undefined) parts.set(name, { bytes: body.subarray(headEnd + 4, end), isFile });
    start = end + 2;
  }
  return undefined;
}

export type Part = { readonly bytes: Buffer; readonly isFile: boolean };

const PARTS_MAX = 64;
