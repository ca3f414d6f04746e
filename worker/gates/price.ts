// Fixes what the call can cost at most, on the very bytes that will be sent.

import { primaryOf } from '../../core/call.ts';
import { toBase64Url, utf8 } from '../../core/bytes.ts';
import { estimateCall } from '../../core/pricing/estimate.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { ok, present } from '../../core/result.ts';
import type { Call } from '../../core/call.ts';
import type { Gate } from './gate.ts';

/** Our pseudonym for the caller: stable, and nothing a provider could turn back into an address. */
const safetyIdentifier = (call: Call, realm: string): string =>
  toBase64Url(sha256(utf8(`${realm}\0${primaryOf(call)}`)).slice(0, 18));

/** The JSON that goes up with this output ceiling. */
export function forwardedJson(call: Call, outputTokensMax: number, realm: string): string {
  const ask = present(call.ask, 'ask');
  return JSON.stringify(
    call.route.dialect.narrow(ask, {
      outputTokensMax,
      safetyIdentifier: safetyIdentifier(call, realm),
    }),
  );
}

export const price: Gate = {
  name: 'price',
  check(call, deps) {
    const outputTokensMax = present(call.outputTokensMax, 'outputTokensMax');
    const forwarded = forwardedJson(call, outputTokensMax, deps.policy.realm);
    const estimate = estimateCall(present(call.price, 'price'), {
      forwardedBytes: utf8(forwarded).length,
      choices: present(call.ask, 'ask').choices,
      outputTokensMax,
    });
    return ok({ ...call, forwarded, estimate });
  },
};
