// What every verifier owes, as tests to be run in its world: evidence that is missing, empty, too
// long, late, somebody else's, for another audience, for another call or wrong in one bit is
// refused, and only that which is right passes.

import { beforeAll, expect, it } from 'vitest';
import { requires } from '../../core/proof/requirement.ts';
import { present } from '../../core/result.ts';
import type { Deps } from '../../worker/env.ts';
import { VERIFIERS } from '../../worker/verifiers/index.ts';
import type { Verifier } from '../../worker/verifiers/verifier.ts';
import { NOW_MS, pass, reached, type Sent, wordOf } from './gate-bench.ts';
import type { World } from './verifier-cases.ts';

const OF_PROOFS = ['proof-rejected', 'private-token-required'];

/** Through all gates, and then through the verifiers that ask the network. */
export async function said(sent: Sent, deps: Deps): Promise<string> {
  const outcome = await pass(sent, deps);
  if (outcome.denial !== null) {
    // A call that is refused for something else says nothing of its proof.
    expect(OF_PROOFS).toContain(outcome.denial.kind);
    return wordOf(outcome);
  }
  const { call } = outcome;
  const challenge = present(call.challenge, 'challenge');
  const shown = { call, challenge, evidence: present(call.evidence, 'evidence') };
  for (const verifier of VERIFIERS as readonly Verifier[]) {
    if (verifier.offline || !requires(challenge.require, verifier.id)) continue;
    const verdict = await verifier.verify(shown, deps);
    if (!verdict.ok) return verdict.error;
  }
  return 'passed';
}

const LATER_MS = 91_000;

/** Call it inside a `describe`. */
export function owesTheContract(makeWorld: () => Promise<World>): void {
  let world: World;
  beforeAll(async () => {
    world = await makeWorld();
  });
  const refuses = async (sent: Sent, deps = world.deps): Promise<void> => {
    expect(await said(sent, deps)).not.toBe('passed');
  };

  it('passes what is right, and touches no ledger', async () => {
    const before = reached.objects;
    const { sent, evidence, ...specimen } = await world.specimen();
    expect(await said(sent, world.deps)).toBe('passed');
    expect(reached.objects).toBe(before);
    const again = await world.specimen();
    expect(await said(again.with(again.evidence), world.deps)).toBe('passed');
    expect(evidence.length).toBeLessThanOrEqual(world.bytesMax);
    expect(specimen.challengeWire).not.toBe(again.challengeWire);
  });

  it('refuses a call without evidence, and one with empty evidence', async () => {
    const specimen = await world.specimen();
    await refuses(specimen.with(null));
    await refuses(specimen.with(new Uint8Array(0)));
  });

  it('refuses evidence that is longer or shorter than it should be', async () => {
    const specimen = await world.specimen();
    const { evidence } = specimen;
    for (const bytes of [1, world.bytesMax + 1 - evidence.length, 3_000]) {
      await refuses(specimen.with(Buffer.concat([evidence, Buffer.alloc(bytes, 0x41)])));
    }
    await refuses(specimen.with(evidence.slice(0, -1)));
    await refuses(specimen.with(evidence.slice(1)));
  });

  it('refuses evidence that comes too late', async () => {
    const { sent } = await world.specimen();
    const late = { ...world.deps, nowMs: () => NOW_MS + LATER_MS };
    expect(await said(sent, late)).toBe('expired');
  });

  it('refuses evidence by somebody whom the challenge does not name', async () => {
    await refuses(await world.bySomebodyElse());
  });

  it('refuses evidence for another realm, another route and another audience', async () => {
    const { sent } = await world.specimen();
    const { policy } = world.deps;
    const staging = { ...world.deps, policy: { ...policy, realm: 'staging.example' } };
    expect(await said(sent, staging)).toBe('realm');
    expect(await said({ ...sent, routeId: 'chat-completions' }, world.deps)).toBe('route');
    for (const [name, there, deps] of world.elsewhere) {
      const specimen = await world.specimen();
      const outcome = await said({ ...specimen.sent, ...there }, { ...world.deps, ...deps });
      expect(outcome, name).not.toBe('passed');
    }
  });

  it('refuses evidence of another challenge, unless its uses are counted', async () => {
    const [one, two] = [await world.specimen(), await world.specimen()];
    const expected = world.isReusable === true;
    for (const sent of [two.with(one.evidence), one.with(two.evidence)]) {
      expect((await said(sent, world.deps)) === 'passed').toBe(expected);
    }
  });

  it('refuses evidence with one bit flipped, in every byte of it', async () => {
    const specimen = await world.specimen();
    let refused = 0;
    for (let at = 0; at < specimen.evidence.length; at += 1) {
      const flipped = new Uint8Array(specimen.evidence);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      const outcome = await said(specimen.with(flipped), world.deps);
      // A counter next to a solution may be a solution too: then it is honest work.
      const isProof = world.isAnotherProof?.(specimen, flipped) ?? false;
      expect([at, outcome === 'passed']).toEqual([at, isProof]);
      if (!isProof) refused += 1;
    }
    expect(refused).toBeGreaterThan(specimen.evidence.length / 2);
  });
}
