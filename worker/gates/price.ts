// Fixes what the call can cost at most, on the very bytes that will be sent.

import { type Call, primaryOf } from '../../core/call.ts';
import { toBase64Url, utf8 } from '../../core/bytes.ts';
import { type Outgoing, outgoing } from '../../core/dialects/outgoing.ts';
import { allowanceOf } from '../../core/pricing/allowance.ts';
import {
  estimateCall,
  FREE_ESTIMATE,
  flatEstimate,
  priceInSight,
} from '../../core/pricing/estimate.ts';
import { toolNanoUsdMax } from '../../core/pricing/tool-price.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { ok, present } from '../../core/result.ts';
import type { Gate } from './gate.ts';

/** Our pseudonym for the caller: stable, and nothing a provider could turn back into an address. */
const safetyIdentifier = (call: Call, realm: string): string =>
  toBase64Url(sha256(utf8(`${realm}\0${primaryOf(call)}`)).slice(0, 18));

/** What goes up with this output ceiling. */
export function forwardedBody(call: Call, outputTokensMax: number, realm: string): Outgoing {
  const { dialect, provider } = call.route;
  const narrowed = dialect.narrow(present(call.ask, 'ask'), {
    outputTokensMax,
    safetyIdentifier: safetyIdentifier(call, realm),
    provider: provider?.kind ?? 'openai',
    price: call.price,
  });
  return outgoing(narrowed, present(call.body, 'body').contentType, call.key);
}

export const price: Gate = {
  name: 'price',
  check(call, deps) {
    const { route } = call;
    const outputTokensMax = present(call.outputTokensMax, 'outputTokensMax');
    const forwarded = forwardedBody(call, outputTokensMax, deps.policy.realm);
    if (route.run !== null) {
      const estimate = flatEstimate(route.run.nanoUsd, route.run.nanoUsdMin);
      return ok({ ...call, forwarded, estimate });
    }
    const ask = present(call.ask, 'ask');
    if (ask.isFree) return ok({ ...call, forwarded, estimate: FREE_ESTIMATE });
    const { answerBytesMax } = route;
    const inSight = priceInSight(present(call.price, 'price'), ask);
    const allowance = allowanceOf(route.allow, ask);
    const estimate = estimateCall(inSight, {
      // Where bytes are priced, the most that may come down is known before it comes.
      ask:
        answerBytesMax === null
          ? ask
          : { ...ask, pieces: { ...ask.pieces, byteOut: answerBytesMax } },
      // What was said before is read when this is on hold: all that there may be.
      forwardedBytes: forwarded.body.length + (route.app?.historyBytesMax ?? 0),
      outputTokensMax,
      allowance: { ...allowance, nanoUsd: allowance.nanoUsd + toolNanoUsdMax(route, ask) },
    });
    return ok({ ...call, price: inSight, forwarded, estimate });
  },
};
