/**
 * Reads one request body, up to BODY_BYTES_MAX.
 * It refuses to hold more than that: a larger body is drained unseen and reported as too large.
 */
import type { IncomingMessage } from 'node:http';

/** The body, or undefined when it is larger than BODY_BYTES_MAX or never came whole. */
export function readRequestBody(request: IncomingMessage): Promise<RequestBody | undefined> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let bodyBytes = 0;
    request.on('data', (piece: Buffer) => {
      bodyBytes += piece.length;
      if (bodyBytes <= BODY_BYTES_MAX) pieces.push(piece);
      else pieces.length = 0;
    });
    request.on('end', () => {
      if (bodyBytes > BODY_BYTES_MAX) return resolve(undefined);
      const bytes = Buffer.concat(pieces);
      resolve({ text: bytes.toString('utf8'), bytes, bodyBytes });
    });
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}

export const BODY_BYTES_MAX = 8 * 1024 * 1024;

export type RequestBody = {
  readonly text: string;
  readonly bytes: Buffer;
  readonly bodyBytes: number;
};
