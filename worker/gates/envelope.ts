// Judges a call from its headers alone, before a byte of the body is read: header sizes, then for
// whoever needs a proof whether the challenge is one we sealed, in time, for this realm, route and
// principal. A flood of junk costs a MAC each and nothing else.

import { utf8 } from '../../core/bytes.ts';
import { type Call, primaryOf } from '../../core/call.ts';
import { callKey, formatRequestId } from '../../core/ledger/call-key.ts';
import { EVIDENCE_BYTES_MAX, parseEvidence } from '../../core/proof/evidence.ts';
import { judgeChallenge, type ProofFailure } from '../../core/proof/index.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { err, ok } from '../../core/result.ts';
import type { Deps } from '../env.ts';
import type { Gate, Verdict } from './gate.ts';

export const HEADER_BYTES_MAX = 16_384;

function headerBytes(headers: Headers): number {
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length + 4;
  return bytes;
}

const rejected = (failure: ProofFailure): Verdict => err({ kind: 'proof-rejected', failure });

/** Does this route ask this caller for a proof? */
export const needsProof = (call: Pick<Call, 'route' | 'apiKey'>): boolean =>
  call.route.proof === 'always' || call.apiKey === null;

function readProof(call: Call, deps: Deps, header: string): Verdict {
  if (header.length > EVIDENCE_BYTES_MAX) return rejected('malformed');
  const evidence = parseEvidence(header);
  if (evidence === null) return rejected('malformed');
  const opened = deps.keyring.open(evidence.challengeWire);
  if (!opened.ok) return rejected(opened.error);
  const challenge = opened.value;
  const named = { ...call, challenge, evidence };
  const judged = judgeChallenge(challenge, {
    nowSeconds: Math.floor(call.receivedAtMs / 1_000),
    realm: deps.policy.realm,
    route: call.route.id,
    principalHash: sha256(utf8(primaryOf(named))),
  });
  if (!judged.ok) return rejected(judged.error);
  // A set of shards that is gone cannot say whether it has seen the nonce.
  if (deps.ledgers.homeOfNonce(primaryOf(named), challenge.nonce) === null) {
    return rejected('expired');
  }
  // From here on the call is known by the nonce it wants to spend.
  const key = callKey(challenge.expiresAtSeconds * 1_000, challenge.nonce);
  const { attempt } = call;
  const requestId = formatRequestId({ key, attempt, ...deps.ledgers.shardOf(call.ip) });
  return ok({ ...named, key, requestId });
}

export const envelope: Gate = {
  name: 'envelope',
  check(call, deps) {
    if (headerBytes(call.headers) > HEADER_BYTES_MAX) {
      return err({ kind: 'headers-too-large', headerBytesMax: HEADER_BYTES_MAX });
    }
    if (!needsProof(call)) return ok(call);
    const header = call.headers.get('Inference-Proof');
    if (header === null) return err({ kind: 'proof-required', bearerSeen: call.bearerSeen });
    return readProof(call, deps, header);
  },
};
