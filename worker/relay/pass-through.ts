// Paths that no route protects go on to the origin behind this host, untouched: the gateway is
// bound to the whole host, and everything else on it is none of its business. Only where the policy
// says so do pages come back with the SDK's script tag in them.

import type { InjectClient } from '../../core/policy/policy.ts';
import { injectClient } from './inject-client.ts';

/** The origin's answer. On a zone's route, fetching a request's own URL reaches the origin. */
export function passThrough(request: Request, injection: InjectClient | null): Promise<Response> {
  const answer = fetch(request, { redirect: 'manual' });
  return injection === null
    ? answer
    : answer.then((page) => injectClient(request, page, injection));
}
