// The `signature` proof: a server or agent that the policy names signed this request, its body's
// digest and our nonce included (RFC 9421; Web Bot Auth where its tag says so). The key and the
// algorithm come from the policy. A signature that also holds for another request is refused.

import { equalBytes } from '../../core/bytes.ts';
import type { Call } from '../../core/call.ts';
import { parseContentDigest } from '../../core/proof/evidence.ts';
import {
  type ComponentValues,
  judgeSignature,
  signatureBase,
  signatureBytes,
  signaturesBy,
} from '../../core/proof/http-signature.ts';
import { err, ok, present } from '../../core/result.ts';
import type { Verifier } from './verifier.ts';

/** RFC 9421 section 2.2, from the URL as the caller addressed it. */
function componentsOf(call: Call, url: URL): ComponentValues {
  const derived: Readonly<Record<string, string>> = {
    '@method': call.method,
    '@target-uri': call.url,
    '@authority': url.host,
    '@scheme': url.protocol.slice(0, -1),
    '@path': url.pathname,
    '@query': url.search === '' ? '?' : url.search,
  };
  return {
    derived: (name) => (Object.hasOwn(derived, name) ? (derived[name] ?? null) : null),
    field: (name) => call.headers.get(name),
  };
}

/** Here the digest has to be there: it is what ties the signature to the body. */
function isDigestRight(call: Call): boolean {
  const declared = parseContentDigest(call.headers.get('Content-Digest') ?? '');
  return declared !== null && equalBytes(declared, present(call.body, 'body').digest);
}

export const signature: Verifier = {
  id: 'signature',
  offline: true,
  members: {},
  parameters: () => null,
  async verify({ call, challenge }, deps) {
    const agent = call.agent === null ? undefined : deps.policy.agents.get(call.agent.keyId);
    if (agent === undefined) return err('invalid-signature');
    const field = call.headers.get('Signature-Input') ?? '';
    const [found, another] = signaturesBy(field, (keyId) => keyId === agent.keyId);
    if (found === undefined || another !== undefined) return err('malformed');
    const bytes = signatureBytes(call.headers.get('Signature') ?? '', found.label);
    if (bytes === null) return err('invalid-signature');
    if (!isDigestRight(call)) return err('digest');
    const url = new URL(call.url);
    const failure = judgeSignature(found, {
      nowSeconds: Math.floor(call.receivedAtMs / 1_000),
      nonce: challenge.nonce,
      key: agent,
      hasQuery: url.search !== '',
    });
    if (failure !== null) return err(failure);
    const base = signatureBase(found, componentsOf(call, url));
    if (!base.ok) return base;
    const signed = await deps.publicKeys.verifyAgent(agent, bytes, base.value);
    return signed ? ok({ strengthNanoUsd: 0 }) : err('invalid-signature');
  },
};
