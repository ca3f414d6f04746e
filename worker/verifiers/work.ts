// The `work` proof: k SHA-256 sub-puzzles, each of them checked. It binds a call to its bytes,
// paces whoever makes many, and shields what is dearer to check; it does not price inference.

import { BIND_SIGNATURE } from '../../core/proof/challenge.ts';
import { checkWork, DIGEST_UNKNOWN, SUB_PUZZLES, workSeed } from '../../core/proof/work.ts';
import { err, ok, present } from '../../core/result.ts';
import type { Verifier } from './verifier.ts';

const EMPTY = new Uint8Array(0);

/**
 * NanoUsd per hash for whoever rents a GPU: $0.0001 per 1,000 calls of 2^20 hashes at the cheapest
 * (proof economics, the ladder of difficulties).
 */
const NANO_USD_PER_HASH = 3e-6;

export const work: Verifier = {
  id: 'work',
  offline: true,
  members: { w: { as: 'bytes', bytesMax: 8 * SUB_PUZZLES } },
  parameters: () => null,
  verify({ call, challenge, evidence }) {
    const seed = workSeed({
      challengeWire: evidence.challengeWire,
      contentDigest:
        challenge.bind === BIND_SIGNATURE ? DIGEST_UNKNOWN : present(call.body, 'body').digest,
      method: call.method,
      route: call.route.id,
      jkt: challenge.jkt,
    });
    const { k, bits } = challenge;
    if (!checkWork(seed, k, bits, evidence.bytes['w'] ?? EMPTY)) return err('invalid-work');
    return ok({ strengthNanoUsd: Math.floor(k * 2 ** bits * NANO_USD_PER_HASH) });
  },
};
