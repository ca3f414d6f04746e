// Paths that no route protects go on to the origin behind this host, untouched: the gateway is
// bound to the whole host, and everything else on it is none of its business. Two things it does
// not let through: headers that send an origin to another path than was judged, and headers in our
// name. Only where the policy says so do pages come back with the SDK's script tag in them.

import type { InjectClient } from '../../core/policy/policy.ts';
import { ANOTHER_PATH, plainName } from './forgeable.ts';
import { injectClient } from './inject-client.ts';

const NOT_PASSED = [...ANOTHER_PATH, 'weighbridge-'];

/** The request itself where it has none of them, as nearly always. */
function harmless(request: Request): Request {
  const found = [...request.headers.keys()].filter((name) => {
    const plain = plainName(name);
    return NOT_PASSED.some((family) => plain.startsWith(family));
  });
  if (found.length === 0) return request;
  const headers = new Headers(request.headers);
  for (const name of found) headers.delete(name);
  return new Request(request, { headers });
}

/** The origin's answer. On a zone's route, fetching a request's own URL reaches the origin. */
export function passThrough(request: Request, injection: InjectClient | null): Promise<Response> {
  const answer = fetch(harmless(request), { redirect: 'manual' });
  return injection === null
    ? answer
    : answer.then((page) => injectClient(request, page, injection));
}
