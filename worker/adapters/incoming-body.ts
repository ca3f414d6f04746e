// The request's body, read once, bounded while it is read.

import type { IncomingBody } from '../../core/call.ts';
import { err, ok } from '../../core/result.ts';
import { readBody } from './read-bounded.ts';

export const incomingBody = (request: Request): IncomingBody => ({
  async read(bytesMax) {
    const read = await readBody(request, bytesMax);
    if (read.kind === 'whole') return ok(read.bytes);
    if (read.kind === 'broken') return err({ kind: 'body-incomplete' });
    return err({ kind: 'body-too-large', bodyBytesMax: bytesMax });
  },
});
