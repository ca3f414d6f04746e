// The verifiers, cheap before dear. The position of a line is its place among the checks of a call;
// a verifier is added by its file and a line here.

import { device } from './device.ts';
import { human } from './human.ts';
import { pass } from './pass.ts';
import { privateToken } from './private-token.ts';
import { signature } from './signature.ts';
import { judgedBitsOf, membersOf, type Verifier } from './verifier.ts';
import { work } from './work.ts';

export const VERIFIERS = [
  pass,
  work,
  device,
  signature,
  privateToken,
  human,
] as const satisfies readonly Verifier[];

/** Every member of `Inference-Proof` that somebody reads. */
export const EVIDENCE_MEMBERS = membersOf(VERIFIERS);

/** The bits of a challenge that somebody here can judge. */
export const JUDGED_BITS = judgedBitsOf(VERIFIERS);
