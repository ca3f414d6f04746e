// An anonymous caller written from the protocol page, step by step, so that tests can do any step
// wrongly. It shares no code with the client SDK beyond the arithmetic in `core/proof`.

import { webcrypto } from 'node:crypto';
import {
  BIND_SIGNATURE,
  type Challenge,
  decodeChallenge,
  parseChallenge,
} from '../../core/proof/challenge.ts';
import { formatContentDigest, formatEvidence } from '../../core/proof/evidence.ts';
import { thumbprint } from '../../core/proof/thumbprint.ts';
import { DIGEST_UNKNOWN, signedMessage, solveWork, workSeed } from '../../core/proof/work.ts';

const { subtle } = webcrypto;

export type Device = {
  readonly jkt: string;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  sign(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
};

export async function makeDevice(): Promise<Device> {
  const pair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ]);
  const publicKey = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
  return {
    jkt: thumbprint(publicKey) ?? '',
    publicKey,
    sign: async (message) =>
      new Uint8Array(
        await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, message),
      ),
  };
}

export async function askChallenge(
  gatewayUrl: string,
  wish: { path: string; jkt?: string; bodyBytes?: number; model?: string; key?: string },
): Promise<string> {
  const { key, ...body } = wish;
  const response = await fetch(`${gatewayUrl}/.well-known/inference-proof/challenge`, {
    method: 'POST',
    headers: key === undefined ? {} : { Authorization: `Bearer ${key}` },
    body: JSON.stringify({ method: 'POST', ...body }),
  });
  if (!response.ok) throw new Error(await response.text());
  const { challenges } = (await response.json()) as { challenges: string[] };
  const [challenge] = challenges;
  if (challenge === undefined) throw new Error('no challenge');
  return challenge;
}

export function readChallenge(wire: string): Challenge {
  const sealed = parseChallenge(wire);
  const challenge = sealed === null ? null : decodeChallenge(sealed.body);
  if (challenge === null) throw new Error('not a challenge');
  return challenge;
}

/** All the hashing at once. */
export function solve(seed: Uint8Array, k: number, bits: number): Uint8Array<ArrayBuffer> {
  const solver = solveWork(seed, k, bits, 1_000_000);
  for (;;) {
    const step = solver.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Headers that prove this body to this challenge. `lie` puts something else into what is proven.
 */
export async function prove(
  wire: string,
  body: string,
  device: Device | null = null,
  lie: { readonly method?: string; readonly route?: string; readonly jkt?: string } = {},
): Promise<Record<string, string>> {
  const challenge = readChallenge(wire);
  const digest = new Uint8Array(await subtle.digest('SHA-256', new TextEncoder().encode(body)));
  const parts = {
    challengeWire: wire,
    contentDigest: challenge.bind === BIND_SIGNATURE ? DIGEST_UNKNOWN : digest,
    method: 'POST',
    route: challenge.route,
    jkt: challenge.jkt,
    ...lie,
  };
  const work = solve(workSeed(parts), challenge.k, challenge.bits);
  return {
    'Content-Type': 'application/json',
    'Content-Digest': formatContentDigest(digest),
    'Inference-Proof': formatEvidence({
      challengeWire: wire,
      bytes: {
        w: work,
        ...(device === null
          ? {}
          : {
              s: await device.sign(signedMessage({ ...parts, contentDigest: digest })),
              k: device.publicKey,
            }),
      },
      text: {},
    }),
  };
}
