// A verifier that does not exist yet, as small as one can be: a device's platform vouches for a
// challenge and a body with a MAC. It shows what adding a kind of proof takes.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { err, ok, present } from '../../core/result.ts';
import type { Verifier } from '../../worker/verifiers/verifier.ts';

const PLATFORM_KEY = 'known to the platform and to us';

/** `challengeWire`: null leaves it out of what is vouched for, as a careless verifier would. */
export const vouch = (challengeWire: string | null, bodyDigest: Uint8Array): Buffer =>
  createHmac('sha256', PLATFORM_KEY)
    .update(challengeWire ?? '')
    .update(bodyDigest)
    .digest();

const verifierFor = (isCareless: boolean): Verifier => ({
  id: 'attestation',
  offline: true,
  members: { a: { as: 'bytes', bytesMax: 32 } },
  parameters: () => null,
  verify({ call, evidence }) {
    const shown = evidence.bytes['a'];
    const wire = isCareless ? null : evidence.challengeWire;
    const expected = vouch(wire, present(call.body, 'body').digest);
    const isRight = shown?.length === expected.length && timingSafeEqual(shown, expected);
    return isRight ? ok({ strengthNanoUsd: 0 }) : err('invalid-signature');
  },
});

export const attestation = verifierFor(false);
export const carelessAttestation = verifierFor(true);
