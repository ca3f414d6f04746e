// The contract of verifiers, held by every one of them: driven from the list, so that a new
// verifier without a world to be tried in fails here. What breaks if this fails: a kind of proof
// that can be left out, borrowed, used again or respelled.

import { describe, expect, it } from 'vitest';
import { VERIFIERS } from '../../worker/verifiers/index.ts';
import { CASES } from './verifier-cases.ts';
import { owesTheContract } from './verifier-contract.ts';

it('has a case for every verifier', () => {
  expect(Object.keys(CASES).sort()).toEqual(VERIFIERS.map(({ id }) => id as string).sort());
  for (const cases of Object.values(CASES)) expect(cases.length).toBeGreaterThan(0);
});

for (const { id } of VERIFIERS) {
  describe.each(CASES[id] ?? [])('%s', (_, makeWorld) => {
    owesTheContract(makeWorld);
  });
}
