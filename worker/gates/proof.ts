// The proof itself, now that the body is known and priced: does the challenge pay for this call and
// ask for all that is asked today, is the digest right, and does every verifier of the challenge
// that needs no network agree. Arithmetic only; nothing is spent here.

import { equalBytes } from '../../core/bytes.ts';
import { type Call, callerClassOf, type HumanPass, needsProof } from '../../core/call.ts';
import { conversationFailure } from '../../core/conversation.ts';
import { parseContentDigest } from '../../core/proof/evidence.ts';
import { judgePrice, type ProofFailure } from '../../core/proof/index.ts';
import { requirementOf, requires, withPass } from '../../core/proof/requirement.ts';
import { BIND_SIGNATURE, type Challenge } from '../../core/proof/challenge.ts';
import { workHashes } from '../../core/proof/work.ts';
import { err, ok, present, type Result } from '../../core/result.ts';
import type { Deps } from '../env.ts';
import { newPass } from '../human-pass.ts';
import { riskOf } from '../risk.ts';
import { testOutcomeOf } from '../test-proofs.ts';
import { VERIFIERS } from '../verifiers/index.ts';
import { tokenOffer } from '../verifiers/private-token.ts';
import type { Shown } from '../verifiers/verifier.ts';
import { type Gate, rejected, unproven } from './gate.ts';

/**
 * What a network does between the issue of a challenge and its redemption may have raised its
 * level; one level more does not void the challenges that are under way.
 */
const RISK_SLACK = 1;

/** Does the challenge pay for this call, by today's prices and today's rules? */
function priceFailure(call: Call, deps: Deps): ProofFailure | null {
  const { challenge, estimate } = call;
  const { totalNanoUsd } = present(estimate, 'estimate');
  const asked = present(challenge, 'challenge');
  const risk = Math.max(0, riskOf(call, deps) - RISK_SLACK);
  const required = requirementOf(deps.policy.proofRules, {
    route: call.route.id,
    caller: callerClassOf(call),
    risk,
    hasDeviceKey: asked.jkt !== '',
  });
  if (asked.bind === BIND_SIGNATURE && !required.mayBeSolvedAhead) return 'too-easy';
  const judged = judgePrice(asked, {
    estimateNanoUsd: totalNanoUsd,
    hashes: workHashes(totalNanoUsd, deps.policy.work, risk),
    require: requires(asked.require, 'pass') ? withPass(required.require) : required.require,
  });
  return judged.ok ? null : judged.error;
}

/** Is the digest the caller declared the body's? It need not declare one. */
function digestFailure(call: Call): ProofFailure | null {
  const header = call.headers.get('Content-Digest');
  if (header === null) return null;
  const declared = parseContentDigest(header);
  const { digest } = present(call.body, 'body');
  return declared !== null && equalBytes(declared, digest) ? null : 'digest';
}

/**
 * All that the challenge asks for, cheap before dear, up to the first that says no; or what it all
 * costs at the least who has to buy it.
 */
async function judgeEvidence(shown: Shown, deps: Deps): Promise<Result<number, ProofFailure>> {
  let strengthNanoUsd = 0;
  for (const verifier of VERIFIERS) {
    if (!requires(shown.challenge.require, verifier.id)) continue;
    const flaw = verifier.flawBefore?.(shown, deps) ?? null;
    if (flaw !== null) return err(flaw);
    if (!verifier.offline) continue;
    const verdict = await verifier.verify(shown, deps);
    if (!verdict.ok) return verdict;
    strengthNanoUsd += verdict.value.strengthNanoUsd;
  }
  return ok(strengthNanoUsd);
}

/** The purse that this call is charged to: the one it opens, or the one whose pass it shows. */
function purseOf(call: Call, { require }: Challenge, deps: Deps): HumanPass | null {
  if (requires(require, 'human')) return newPass(call, deps);
  return requires(require, 'pass') ? call.pass : null;
}

/** What is wrong with the proof, or what it cost at the least. */
async function judge(shown: Shown, deps: Deps): Promise<Result<number, ProofFailure>> {
  const { call, challenge } = shown;
  const test = testOutcomeOf(challenge);
  if (test !== null) {
    const failure = digestFailure(call) ?? (test === 'passes' ? null : test);
    return failure === null ? ok(0) : err(failure);
  }
  const failure = priceFailure(call, deps) ?? digestFailure(call) ?? conversationFailure(call);
  return failure === null ? judgeEvidence(shown, deps) : err(failure);
}

export const proof: Gate = {
  name: 'proof',
  async check(call, deps) {
    if (!needsProof(call)) return ok(call);
    const challenge = present(call.challenge, 'challenge');
    const evidence = present(call.evidence, 'evidence');
    const judged = await judge({ call, challenge, evidence }, deps);
    if (judged.ok) {
      const pass = purseOf(call, challenge, deps);
      return ok({ ...call, pass, proofStrengthNanoUsd: judged.value });
    }
    if (judged.error !== 'private-token-missing') return rejected(judged.error);
    // Browsers fetch one by themselves and send the same request again.
    const tokens = present(deps.policy.privateToken, 'privateToken');
    return err({ kind: 'private-token-required', ...tokenOffer(evidence.challengeWire, tokens) });
  },
  observed: unproven,
};
