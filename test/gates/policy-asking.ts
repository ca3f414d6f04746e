// The test policy with a rule that asks everybody on every route for these proofs, and with what
// they need to be set up.

import { loadPolicy } from '../../core/policy/load.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { PolicySource } from '../../core/policy/schema.ts';
import type { VERIFIER_IDS } from '../../core/proof/requirement.ts';
import policySource from '../support/policy.ts';

type Ids = (typeof VERIFIER_IDS)[number][];

/** An agent signs anyway: it is asked for nothing more. */
export function policyAsking(require: Ids, proof: Partial<PolicySource['proof']>): Policy {
  const isOfAgents = require.includes('signature');
  const loaded = loadPolicy({
    ...policySource,
    proof: { ...policySource.proof, ...proof },
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  // No operator may ask for one proof that ties nothing to the body; a test of it alone has to.
  return isOfAgents ? loaded.value : { ...loaded.value, proofRules: [{ require }] };
}
