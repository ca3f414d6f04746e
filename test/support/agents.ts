// Named servers that sign their requests, by somebody else's implementation of RFC 9421, so that
// our reading of it is not only ours. Every part of a signature can be written wrongly.

import { createHash, type JsonWebKey, sign as signBytes } from 'node:crypto';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createSignature, type RequestDescriptor } from 'http-message-sig';
import type { AgentJwk, SignatureAlgorithm } from '../../core/proof/agent-key.ts';
import { formatEvidence } from '../../core/proof/evidence.ts';
import { readChallenge } from './anonymous.ts';

export type Terms = Readonly<Record<string, string | number | undefined>>;

export type Signing = {
  readonly url: string;
  readonly body: string;
  readonly nowSeconds: number;
  readonly components?: readonly (string | { name: string; parameters: Record<string, string> })[];
  /** Over what an honest agent writes; undefined leaves a term out. */
  readonly terms?: Terms;
  readonly label?: string;
  readonly method?: string;
  readonly fields?: Readonly<Record<string, string>>;
};

export type TestAgent = {
  readonly algorithm: SignatureAlgorithm;
  readonly jwk: AgentJwk;
  readonly keyId: string;
  sign(challengeWire: string, signing: Signing): Promise<Record<string, string>>;
};

export const COMPONENTS = ['@method', '@authority', '@path', 'content-digest'] as const;

/** RFC 7638, by its own words: required members in order, no blanks, SHA-256. */
export function thumbprintOf(jwk: JsonWebKey): string {
  const { crv, kty, x, y } = jwk;
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

function signWith(key: KeyObject, algorithm: SignatureAlgorithm, data: Uint8Array): Uint8Array {
  return algorithm === 'ed25519'
    ? new Uint8Array(signBytes(null, data, key))
    : new Uint8Array(signBytes('sha256', data, { key, dsaEncoding: 'ieee-p1363' }));
}

export function makeAgent(algorithm: SignatureAlgorithm = 'ed25519'): TestAgent {
  const pair =
    algorithm === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = pair.publicKey.export({ format: 'jwk' });
  const keyId = thumbprintOf(jwk);
  return {
    algorithm,
    jwk: jwk as unknown as AgentJwk,
    keyId,
    async sign(challengeWire, signing) {
      const { url, body, nowSeconds, components = COMPONENTS, label = 'sig1' } = signing;
      const digest = createHash('sha256').update(body).digest('base64');
      const fields: Record<string, string> = {
        'Content-Type': 'application/json',
        'Content-Digest': `sha-256=:${digest}:`,
        ...signing.fields,
      };
      const message: RequestDescriptor = {
        kind: 'request',
        method: signing.method ?? 'POST',
        targetUri: url,
        fields: Object.entries(fields).map(([name, value]) => ({
          name: name.toLowerCase(),
          value,
        })),
      };
      const terms: Terms = {
        created: nowSeconds,
        expires: nowSeconds + 60,
        keyid: keyId,
        nonce: Buffer.from(readChallenge(challengeWire).nonce).toString('base64url'),
        tag: 'web-bot-auth',
        ...signing.terms,
      };
      const parameters = Object.fromEntries(
        Object.entries(terms).filter(([, value]) => value !== undefined),
      );
      // The library checks `alg` against its signer; a liar's signer says what the lie says.
      const claimed = typeof terms['alg'] === 'string' ? terms['alg'] : algorithm;
      const made = await createSignature(message, {
        label,
        components,
        parameters,
        signer: {
          algorithm: claimed,
          sign: (data) => signWith(pair.privateKey, algorithm, data),
        },
      });
      return {
        ...fields,
        'Signature-Input': made.signatureInput,
        Signature: made.signature,
        'Inference-Proof': formatEvidence({ challengeWire, bytes: {}, text: {} }),
      };
    },
  };
}
