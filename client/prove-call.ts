// Turns work that is done into the headers of one call: hashes the exact bytes, signs them with the
// device key when the challenge names one, adds a human's token or the pass it earned. It sends
// nothing; what it makes fits these bytes and no others.

import type { Bytes } from '../core/bytes.ts';
import { formatContentDigest, formatEvidence } from '../core/proof/evidence.ts';
import { sha256 } from '../core/proof/sha256.ts';
import { signedMessage } from '../core/proof/work.ts';
import type { DeviceKey } from './device-key.ts';
import type { HeldChallenge } from './held-challenge.ts';
import type { OutgoingCall } from './outgoing-call.ts';

export type Shown = {
  readonly contentDigest: Bytes;
  readonly work: Bytes | null;
  readonly deviceKey: DeviceKey | null;
  /** A human's token, or else the pass. */
  readonly humanToken: string | null;
  readonly pass: string | null;
};

/** The call's own headers with the proof. */
export async function proveCall(
  call: OutgoingCall,
  held: HeldChallenge,
  { contentDigest, work, deviceKey, humanToken, pass }: Shown,
): Promise<Headers> {
  const { wire: challengeWire, challenge } = held;
  const bytes: Record<string, Bytes> = work === null ? {} : { w: work };
  if (challenge.jkt !== '' && deviceKey !== null) {
    const { method } = call;
    const message = signedMessage({ challengeWire, contentDigest, method, route: challenge.route });
    bytes['s'] = await deviceKey.sign(message);
    bytes['k'] = deviceKey.publicKey;
  }
  const text: Record<string, string> = {};
  if (humanToken !== null) text['h'] = humanToken;
  else if (pass !== null) text['p'] = pass;
  const headers = new Headers(call.headers);
  headers.set('Inference-Proof', formatEvidence({ challengeWire, bytes, text }));
  headers.set('Content-Digest', formatContentDigest(contentDigest));
  return headers;
}

/** WebCrypto where the page is a secure context, the core's own code where it is not. */
export async function digestOf(body: Bytes): Promise<Bytes> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  return subtle === undefined ? sha256(body) : new Uint8Array(await subtle.digest('SHA-256', body));
}
