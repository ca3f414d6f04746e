// A gate judges a call and may narrow it. It owes nothing when it returns: what must later be
// undone is not a gate.

import type { Call } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import type { Result } from '../../core/result.ts';
import type { Deps } from '../env.ts';

export type Verdict = Result<Call, Denial>;

export type Gate = {
  readonly name: string;
  check(call: Call, deps: Deps): Verdict | Promise<Verdict>;
};
