// The caller's API key, if there is one. A bearer token that looks like ours and is not, or whose
// time is over, is refused here, by arithmetic alone; whether the key was revoked is the ledger's
// to say.

import { err, ok } from '../../core/result.ts';
import { readBearer } from '../identify.ts';
import type { Gate } from './gate.ts';

export const apiKey: Gate = {
  name: 'api-key',
  check(call, deps) {
    // What a step shows is its run's grant.
    if (call.run !== null) return ok(call);
    const bearer = readBearer(call.headers, deps);
    if (!bearer.ok) return err(bearer.error);
    return ok({ ...call, apiKey: bearer.value.apiKey, bearerSeen: bearer.value.seen });
  },
};
