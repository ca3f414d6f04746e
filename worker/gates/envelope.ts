// Judges a call from its headers alone, before a byte of the body is read and before anything dear
// is asked about who calls: header sizes, then for whoever needs a proof whether the challenge is
// one we sealed, in time, for this realm and route. A flood of junk costs a MAC each and nothing
// else.

import { type Call, needsProof } from '../../core/call.ts';
import { EVIDENCE_BYTES_MAX, parseEvidence } from '../../core/proof/evidence.ts';
import { judgeChallenge } from '../../core/proof/index.ts';
import { err, ok } from '../../core/result.ts';
import type { Deps } from '../env.ts';
import { openTestProof } from '../test-proofs.ts';
import { EVIDENCE_MEMBERS, JUDGED_BITS } from '../verifiers/index.ts';
import { type Gate, rejected, unproven, type Verdict } from './gate.ts';

export const HEADER_BYTES_MAX = 16_384;

function headerBytes(headers: Headers): number {
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length + 4;
  return bytes;
}

function readProof(call: Call, deps: Deps, header: string): Verdict {
  if (header.length > EVIDENCE_BYTES_MAX) return rejected('malformed');
  const evidence = parseEvidence(header, EVIDENCE_MEMBERS);
  if (evidence === null) return rejected('malformed');
  const opened =
    openTestProof(evidence.challengeWire, call, deps) ?? deps.keyring.open(evidence.challengeWire);
  if (!opened.ok) return rejected(opened.error);
  const challenge = opened.value;
  const judged = judgeChallenge(challenge, {
    nowSeconds: Math.floor(call.receivedAtMs / 1_000),
    realm: deps.policy.realm,
    route: call.route.id,
  });
  if (!judged.ok) return rejected(judged.error);
  // What nobody here can judge is not passed over.
  if ((challenge.require & ~JUDGED_BITS) !== 0) return rejected('unsupported');
  return ok({ ...call, challenge, evidence });
}

export const envelope: Gate = {
  name: 'envelope',
  check(call, deps) {
    if (headerBytes(call.headers) > HEADER_BYTES_MAX) {
      return err({ kind: 'headers-too-large', headerBytesMax: HEADER_BYTES_MAX });
    }
    if (!needsProof(call)) return ok(call);
    const header = call.headers.get('Inference-Proof');
    if (header === null) {
      // Whose key is good is not told that it is none.
      const bearerSeen = call.bearerSeen && call.apiKey === null;
      return err({ kind: 'proof-required', bearerSeen });
    }
    return readProof(call, deps, header);
  },
  observed: unproven,
};
