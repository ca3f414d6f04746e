// Is the caller the one its challenge was made for? By now everything that can name a caller has
// been read. From here on the call is known by the nonce it wants to spend.

import { utf8 } from '../../core/bytes.ts';
import { needsProof, primaryOf } from '../../core/call.ts';
import { callKey, formatRequestId } from '../../core/ledger/call-key.ts';
import { judgeSubject } from '../../core/proof/index.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { ok } from '../../core/result.ts';
import { readPass } from '../human-pass.ts';
import { testOutcomeOf } from '../test-proofs.ts';
import { type Gate, rejected, unproven } from './gate.ts';

export const subject: Gate = {
  name: 'subject',
  check(call, deps) {
    const { challenge } = call;
    if (!needsProof(call) || challenge === null) return ok(call);
    const primary = primaryOf(call);
    const judged = judgeSubject(challenge, sha256(utf8(primary)));
    if (!judged.ok && testOutcomeOf(challenge) === null) return rejected(judged.error);
    // A set of shards that is gone cannot say whether it has seen the nonce.
    if (deps.ledgers.homeOfNonce(primary, challenge.nonce) === null) return rejected('expired');
    const key = callKey(challenge.expiresAtSeconds * 1_000, challenge.nonce);
    const { attempt, ip } = call;
    const shown = call.evidence?.text['p'];
    return ok({
      ...call,
      key,
      pass: shown === undefined ? null : readPass(shown, primary, deps),
      requestId: formatRequestId({ key, attempt, ...deps.ledgers.shardOf(ip) }),
    });
  },
  observed: unproven,
};
