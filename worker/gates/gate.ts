// A gate judges a call and may narrow it. It owes nothing when it returns: what must later be
// undone is not a gate.

import type { Call } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import type { ProofFailure } from '../../core/proof/index.ts';
import { err, type Result } from '../../core/result.ts';
import type { Deps } from '../env.ts';

export type Verdict = Result<Call, Denial>;

/** A proof that is not one: the caller hears one sentence for all of them. */
export const rejected = (failure: ProofFailure): Verdict =>
  err({ kind: 'proof-rejected', failure });

/**
 * The call where a proof is only tried out and this one did not hold: nothing is believed that it
 * was to prove.
 */
export const unproven = (call: Call): Call => ({
  ...call,
  challenge: null,
  evidence: null,
  pass: null,
  agent: null,
  user: call.user === null || call.user.jkt !== '' ? null : call.user,
  isUnproven: true,
});

export type Gate = {
  readonly name: string;
  check(call: Call, deps: Deps): Verdict | Promise<Verdict>;
  /**
   * How the call goes on where this refusal is only observed; null, or no such word, where it
   * cannot: nobody could say what the call would cost, or who pays.
   */
  observed?(call: Call, denial: Denial, deps: Deps): Call | null;
};
