// What every kind of proof is to the gateway. A verifier reads its own members of the evidence and
// says whether they answer this challenge for this call. It never spends anything; one that has to
// ask the network runs only after the nonce is spent and the money is on hold, so that a replay
// cannot make us ask.

import type { Call } from '../../core/call.ts';
import type { Challenge } from '../../core/proof/challenge.ts';
import type { Evidence, EvidenceMembers } from '../../core/proof/evidence.ts';
import type { ProofFailure } from '../../core/proof/index.ts';
import { bitsOf, type VerifierId } from '../../core/proof/requirement.ts';
import type { Route } from '../../core/policy/policy.ts';
import type { Result } from '../../core/result.ts';
import type { Deps } from '../env.ts';

/** A call whose challenge and price have been judged already, and what its caller showed. */
export type Shown = {
  readonly call: Call;
  readonly challenge: Challenge;
  readonly evidence: Evidence;
};

/** `strengthNanoUsd`: what one fresh proof of this kind costs who must buy it. */
export type Accepted = { readonly strengthNanoUsd: number };

/** `detail`: what exactly was wrong, for the log. */
export type Verdict = Result<Accepted, ProofFailure> & { readonly detail?: string };

/** Public facts a caller needs beside the challenge, such as a site key. */
export type Parameters = Readonly<Record<string, string>>;

export type Verifier = {
  readonly id: VerifierId;
  /** False: asks the network. */
  readonly offline: boolean;
  /** Its members of `Inference-Proof`; what it reads elsewhere is bounded by the header limit. */
  readonly members: EvidenceMembers;
  /** For whoever is to answer this challenge; null where the challenge says it all. */
  parameters(challengeWire: string, route: Route, deps: Deps): Parameters | null;
  /** Of one that asks the network: what is plainly wrong, before anything is spent. */
  flawBefore?(shown: Shown, deps: Deps): ProofFailure | null;
  verify(shown: Shown, deps: Deps): Verdict | Promise<Verdict>;
};

export const membersOf = (verifiers: readonly Verifier[]): EvidenceMembers =>
  Object.fromEntries(verifiers.flatMap(({ members }) => Object.entries(members)));

export const judgedBitsOf = (verifiers: readonly Verifier[]): number =>
  bitsOf(verifiers.map(({ id }) => id));
