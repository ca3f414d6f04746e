// Adding a kind of proof is a file, a line and a test: one more entry in the list of verifiers, and
// the gates read its evidence, ask it and refuse what it refuses. Nothing else is changed here.

import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { REQUIRE } from '../../core/proof/requirement.ts';
import type { Verifier } from '../../worker/verifiers/verifier.ts';
import { attestation, carelessAttestation, vouch } from './attestation.ts';
import { BODY, challengeFor, makeDeps, POLICY, type Sent } from './gate-bench.ts';
import type { World } from './verifier-cases.ts';
import { owesTheContract, said } from './verifier-contract.ts';

const list: Verifier[] = vi.hoisted(() => []);

vi.mock('../../worker/verifiers/index.ts', async (load) => {
  const { VERIFIERS } = await load<{ VERIFIERS: readonly Verifier[] }>();
  const { judgedBitsOf, membersOf } = await import('../../worker/verifiers/verifier.ts');
  const added = await import('./attestation.ts');
  list.push(...VERIFIERS, added.attestation);
  return { VERIFIERS: list, EVIDENCE_MEMBERS: membersOf(list), JUDGED_BITS: judgedBitsOf(list) };
});

const digest = createHash('sha256').update(BODY).digest();

/** A rule that asks everybody for it. The policy's schema will know the word when it exists. */
const rules = [{ require: ['attestation'] }] as unknown as typeof POLICY.proofRules;
const world = async (isCareless = false): Promise<World> => {
  const deps = makeDeps({ policy: { ...POLICY, proofRules: rules } });
  const sentWith = (wire: string, shown: Uint8Array | null, ip?: string): Sent => {
    const member = shown === null ? '' : `, a=:${Buffer.from(shown).toString('base64')}:`;
    return {
      headers: { 'Inference-Proof': `c="${wire}"${member}` },
      ...(ip === undefined ? {} : { ip }),
    };
  };
  return {
    deps,
    bytesMax: 32,
    async specimen() {
      const challengeWire = challengeFor(deps);
      const evidence = vouch(isCareless ? null : challengeWire, digest);
      const sent = sentWith(challengeWire, evidence);
      return { challengeWire, sent, evidence, with: (shown) => sentWith(challengeWire, shown) };
    },
    async bySomebodyElse() {
      const wire = challengeFor(deps);
      return sentWith(wire, vouch(wire, digest), '198.51.100.1');
    },
    elsewhere: [],
  };
};

describe('a verifier added by one entry', () => {
  owesTheContract(world);

  it('has its bit in the challenge already', () => {
    expect(REQUIRE.attestation).toBe(64);
  });

  it('would fail the contract if it did not look at the challenge', async () => {
    const at = list.indexOf(attestation);
    list[at] = carelessAttestation;
    try {
      const careless = await world(true);
      const [one, two] = [await careless.specimen(), await careless.specimen()];
      expect(await said(two.with(one.evidence), careless.deps)).toBe('passed');
    } finally {
      list[at] = attestation;
    }
  });
});
