// Signatures as the gateway checks them, in the runtime that checks them: private tokens and
// agents, against the figures that the standards publish. What breaks if this fails: a forged token
// or signature opens a budget, or an honest one is refused.

import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, fromBase64Url, toHex, utf8 } from '../../core/bytes.ts';
import { type AgentJwk, readAgentKey } from '../../core/proof/agent-key.ts';
import { readIssuerKey } from '../../core/proof/issuer-key.ts';
import { parseToken } from '../../core/proof/private-token.ts';
import { signatureBase, signatureBytes, signaturesBy } from '../../core/proof/http-signature.ts';
import { present } from '../../core/result.ts';
import agents from '../proof/agent-signatures.json' with { type: 'json' };
import tokens from '../proof/rfc9578-tokens.json' with { type: 'json' };
import { flipped, fromHex, isTokenFor, keys } from './public-key-harness.ts';

describe('the tokens of RFC 9578 appendix B.2', () => {
  const { pkS, vectors } = tokens;

  it('are accepted, all five, for the challenge they answer and for no other', async () => {
    expect(vectors).toHaveLength(5);
    for (const { token, token_challenge: its } of vectors) {
      for (const { token_challenge: challenge } of vectors) {
        const verdict = await isTokenFor(pkS, challenge, fromHex(token));
        expect([challenge, verdict]).toEqual([challenge, challenge === its]);
      }
    }
  });

  it.each(vectors)('are refused with one bit changed, anywhere: vector %#', async ({ token }) => {
    const issuer = present(readIssuerKey(fromHex(pkS)), 'issuer key');
    const bytes = fromHex(token);
    for (let at = 0; at < bytes.length; at += 1) {
      const read = parseToken(flipped(bytes, at));
      // The signature alone, so that no comparison before it hides what it lets through.
      const isRight =
        read !== null && (await keys.verifyToken(issuer, read.authenticator, read.signed));
      expect([at, isRight]).toEqual([at, false]);
    }
  });
});

describe.each(agents.signatures)('the signature of $name', (vector) => {
  const key = present(readAgentKey(agents.key as AgentJwk), 'key');
  const bytes = present(signatureBytes(vector.signature, vector.label), 'bytes');
  const values = new Map(Object.entries(vector.values));

  /** What our reader says was signed, if the request had these values. */
  function baseOf(asked: ReadonlyMap<string, string>): Bytes {
    const found = present(signaturesBy(vector.signature_input, () => true)[0], 'signature');
    const value = (name: string): string | null => asked.get(name) ?? null;
    const base = signatureBase(found, { derived: value, field: value });
    if (!base.ok) throw new Error(base.error);
    return base.value;
  }

  it('is over what we read', async () => {
    expect(await keys.verifyAgent(key, bytes, baseOf(values))).toBe(true);
  });

  it('is over nothing else: not with one value changed, nor one bit of it', async () => {
    for (const [name, value] of values) {
      const other = baseOf(
        new Map(values).set(name, value.replace(/[a-z0-9](?=[^a-z0-9]*$)/i, '_')),
      );
      expect([name, await keys.verifyAgent(key, bytes, other)]).toEqual([name, false]);
    }
    for (let at = 0; at < bytes.length; at += 1) {
      const verdict = await keys.verifyAgent(key, flipped(bytes, at), baseOf(values));
      expect([at, verdict]).toEqual([at, false]);
    }
  });
});

describe('a public key', () => {
  it('that cannot be imported verifies nothing, and does not break the call', async () => {
    const point = concatBytes([Uint8Array.of(4), new Uint8Array(64)]) as Bytes;
    const key = { keyId: 'none', algorithm: 'ecdsa-p256-sha256', publicKey: point } as const;
    expect(await keys.verifyAgent(key, new Uint8Array(64), utf8('x'))).toBe(false);
    const issuer = { keyId: point, published: point, spki: point };
    expect(await keys.verifyToken(issuer, new Uint8Array(256), utf8('x'))).toBe(false);
  });

  it('is not asked about a signature of another length', async () => {
    const x = 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs';
    const key = present(readAgentKey({ kty: 'OKP', crv: 'Ed25519', x }), 'key');
    expect(toHex(key.publicKey)).toBe(toHex(present(fromBase64Url(x), 'x')));
    for (const length of [0, 63, 65, 72, 256]) {
      expect(await keys.verifyAgent(key, new Uint8Array(length), utf8('x'))).toBe(false);
    }
  });
});
