// What is wrong with a request to one of the gateway's own paths, by its field: nothing is
// forwarded from there and no field of it could cost money, so it has other words than a call.

import type * as z from 'zod';
import type { Denial } from './denial.ts';
import { shapeDenial } from './shape-failure.ts';

export function invalidRequest(error: z.ZodError): Denial {
  const found = shapeDenial(error);
  const sentence =
    found.kind === 'field-unknown' ? 'This path takes no such field.' : found.sentence;
  return { kind: 'request-invalid', field: found.field, sentence };
}
