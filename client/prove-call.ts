// Answers one challenge for one call: hashes the exact bytes, does the work, signs with the device
// key when the challenge names one. It sends nothing; what it makes fits these bytes and no others.

import type { Bytes } from '../core/bytes.ts';
import { formatContentDigest, formatEvidence } from '../core/proof/evidence.ts';
import { sha256 } from '../core/proof/sha256.ts';
import { signedMessage, workSeed } from '../core/proof/work.ts';
import { delay } from './abortable.ts';
import type { DeviceKey } from './device-key.ts';
import type { HeldChallenge } from './held-challenge.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import { countHashes, type Solve } from './solver.ts';

export type ProvenCall = {
  /** The call's own, with the proof. */
  readonly headers: Headers;
  readonly hashes: number;
  readonly milliseconds: number;
};

export async function proveCall(
  solve: Solve,
  call: OutgoingCall,
  held: HeldChallenge,
  deviceKey: DeviceKey | null,
): Promise<ProvenCall> {
  const { wire: challengeWire, challenge } = held;
  const contentDigest = await digestOf(call.body);
  const bound = { challengeWire, contentDigest, method: call.method, route: challenge.route };
  const seed = workSeed({ ...bound, jkt: challenge.jkt });
  const startedAtMs = performance.now();
  const work = await solve({ seed, k: challenge.k, bits: challenge.bits }, call.signal);
  const milliseconds = Math.round(performance.now() - startedAtMs);
  await delay(held.waitMilliseconds(), call.signal);
  const signer = challenge.jkt === '' ? null : deviceKey;
  const signature = (await signer?.sign(signedMessage(bound))) ?? null;
  const publicKey = signer?.publicKey ?? null;
  const headers = new Headers(call.headers);
  headers.set(
    'Inference-Proof',
    formatEvidence({ challengeWire, work, signature, publicKey, humanToken: null }),
  );
  headers.set('Content-Digest', formatContentDigest(contentDigest));
  call.signal?.throwIfAborted();
  return { headers, hashes: countHashes(work), milliseconds };
}

/** WebCrypto where the page is a secure context, the core's own code where it is not. */
async function digestOf(body: Bytes): Promise<Bytes> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  return subtle === undefined ? sha256(body) : new Uint8Array(await subtle.digest('SHA-256', body));
}
