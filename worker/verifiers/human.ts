// The `human` proof: a Turnstile token that was solved for this very challenge, on its route, on a
// page of ours. Only Cloudflare can say so, and it is asked once the nonce is spent and the money
// is on hold. That stops tokens from being stockpiled; it does not stop them from being bought.

import type { Call } from '../../core/call.ts';
import {
  HUMAN_TOKEN_CHARS_MAX,
  humanAction,
  idempotencyKeyOf,
  siteVerdictFlaw,
} from '../../core/proof/human-token.ts';
import { err, ok, present } from '../../core/result.ts';
import type { Deps } from '../env.ts';
import type { Verifier } from './verifier.ts';

/** What a farm asks for a solved token at the least: $0.10 for a thousand. */
const TOKEN_NANO_USD = 100_000;

/** Only the edge's own header names an address; on a developer's machine nobody needs it. */
const remoteIpOf = ({ headers }: Call, deps: Deps): string | null =>
  deps.isLocal ? null : headers.get('CF-Connecting-IP');

export const human: Verifier = {
  id: 'human',
  offline: false,
  members: {
    h: { as: 'text', bytesMax: HUMAN_TOKEN_CHARS_MAX },
  },
  parameters(_challengeWire, route, deps) {
    return {
      siteKey: present(deps.policy.human, 'human').siteKey,
      action: humanAction(route.id),
    };
  },
  flawBefore({ evidence }, deps) {
    // A challenge from before the operator took the widget away.
    if (deps.turnstile === null) return 'unsupported';
    return (evidence.text['h'] ?? '') === '' ? 'invalid-human-token' : null;
  },
  async verify({ call, challenge, evidence }, deps) {
    const { hostnames } = present(deps.policy.human, 'human');
    const asked = await present(deps.turnstile, 'turnstile').ask({
      token: evidence.text['h'] ?? '',
      idempotencyKey: idempotencyKeyOf(challenge.nonce),
      remoteIp: remoteIpOf(call, deps),
    });
    if (!asked.ok) return { ...err('human-unavailable'), detail: asked.error };
    const { challengeWire } = evidence;
    const flaw = siteVerdictFlaw(asked.value, { challengeWire, routeId: call.route.id, hostnames });
    if (flaw !== null) return { ...err('invalid-human-token'), detail: flaw };
    return ok({ strengthNanoUsd: TOKEN_NANO_USD });
  },
};
