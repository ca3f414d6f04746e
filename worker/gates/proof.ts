// The proof itself, now that the body is known and priced: does the challenge pay for this call, is
// the digest right, is the work done, did the device sign. Arithmetic only; nothing is spent here.

import { equalBytes } from '../../core/bytes.ts';
import { parseContentDigest } from '../../core/proof/evidence.ts';
import { judgeWork, type ProofFailure } from '../../core/proof/index.ts';
import { thumbprint } from '../../core/proof/thumbprint.ts';
import { signedMessage, workHashes } from '../../core/proof/work.ts';
import { err, ok, present } from '../../core/result.ts';
import type { Call } from '../../core/call.ts';
import type { Deps } from '../env.ts';
import { needsProof } from './envelope.ts';
import type { Gate, Verdict } from './gate.ts';

const rejected = (failure: ProofFailure): Verdict => err({ kind: 'proof-rejected', failure });

/** What is wrong with the device's signature, if anything is. */
async function deviceFailure(
  call: Call,
  deps: Deps,
  digest: Uint8Array,
): Promise<ProofFailure | null> {
  const { challengeWire, publicKey, signature } = present(call.evidence, 'evidence');
  const { jkt } = present(call.challenge, 'challenge');
  if (publicKey === null || thumbprint(publicKey) !== jkt) return 'jkt';
  if (signature === null) return 'invalid-signature';
  const message = signedMessage({
    challengeWire,
    contentDigest: digest,
    method: call.method,
    route: call.route.id,
  });
  const signed = await deps.deviceKeys.verify(jkt, publicKey, signature, message);
  return signed ? null : 'invalid-signature';
}

export const proof: Gate = {
  name: 'proof',
  async check(call, deps) {
    if (!needsProof(call)) return ok(call);
    const challenge = present(call.challenge, 'challenge');
    const evidence = present(call.evidence, 'evidence');
    const { digest } = present(call.body, 'body');
    const header = call.headers.get('Content-Digest');
    if (header !== null) {
      const declared = parseContentDigest(header);
      if (declared === null || !equalBytes(declared, digest)) return rejected('digest');
    }
    const estimateNanoUsd = present(call.estimate, 'estimate').totalNanoUsd;
    const judged = judgeWork(challenge, {
      estimateNanoUsd,
      hashes: workHashes(estimateNanoUsd, deps.policy.work),
      seed: {
        challengeWire: evidence.challengeWire,
        contentDigest: digest,
        method: call.method,
        route: call.route.id,
        jkt: challenge.jkt,
      },
      work: evidence.work,
    });
    if (!judged.ok) return rejected(judged.error);
    if (challenge.jkt === '') return ok(call);
    const failure = await deviceFailure(call, deps, digest);
    return failure === null ? ok(call) : rejected(failure);
  },
};
