// Signatures as the gateway checks them, against larger sets of other projects, the wrong ones
// included. It runs only where those lie beside this project: without them there is nothing here.
// What breaks if this fails: a forged token or signature opens a budget, or an honest one does not.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, toBase64Url, toHex } from '../../core/bytes.ts';
import { type AgentJwk, readAgentKey } from '../../core/proof/agent-key.ts';
import { readIssuerKey } from '../../core/proof/issuer-key.ts';
import { hmacSha256 } from '../../core/proof/sha256.ts';
import { signatureBase, signatureBytes, signaturesBy } from '../../core/proof/http-signature.ts';
import { thumbprint } from '../../core/proof/thumbprint.ts';
import { present } from '../../core/result.ts';
import { DeviceKeys } from '../../worker/adapters/device-keys.ts';
import type { VectorFile } from '../support/vector-files.ts';
import { fromHex, isTokenFor, keys } from './public-key-harness.ts';

// `vitest.workerd.config.ts` leaves this file out where it has no vectors to give.
const all = JSON.parse(env.PROOF_VECTORS) as Record<VectorFile, unknown>;

describe('the tokens of another client of RFC 9578', () => {
  type Vector = { readonly pkS: string; readonly token: string; readonly token_challenge: string };

  it('are accepted, all five, for the challenge they answer', async () => {
    const vectors = all['rfc9578-public.rust'] as readonly Vector[];
    expect(vectors).toHaveLength(5);
    for (const { pkS, token, token_challenge: challenge } of vectors) {
      expect(await isTokenFor(pkS, challenge, fromHex(token))).toBe(true);
    }
  });
});

type Signed = {
  readonly key: AgentJwk & Readonly<Record<string, string>>;
  readonly label: string;
  readonly signature: string;
  readonly signature_input: string;
  readonly signature_agent?: string;
};

describe('the signatures of Web Bot Auth, architecture', () => {
  const vectors = all['web-bot-auth-architecture-v2'] as readonly Signed[];

  /** What our reader says was signed, if the request went to this host. */
  function baseOf(vector: Signed, host: string): Bytes {
    const found = present(signaturesBy(vector.signature_input, () => true)[0], 'signature');
    const base = signatureBase(found, {
      derived: (name) => (name === '@authority' ? host : null),
      field: (name) => (name === 'signature-agent' ? (vector.signature_agent ?? null) : null),
    });
    if (!base.ok) throw new Error(base.error);
    return base.value;
  }

  /** We take no RSA; what was signed is read the same way. */
  async function isRightByRsa({ n, e }: Readonly<Record<string, string>>, ...signed: Bytes[]) {
    const [bytes, base] = signed.map((part) => present(part, 'part'));
    const algorithm = { name: 'RSA-PSS', hash: 'SHA-512' };
    const jwk = { kty: 'RSA', n: present(n, 'n'), e: present(e, 'e') };
    const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify']);
    const by = { name: 'RSA-PSS', saltLength: 64 };
    return crypto.subtle.verify(by, key, present(bytes, 'bytes'), present(base, 'base'));
  }

  it('are over what we read, all four, and over nothing else', async () => {
    expect(vectors).toHaveLength(4);
    for (const vector of vectors) {
      const bytes = present(signatureBytes(vector.signature, vector.label), 'bytes');
      for (const [host, expected] of [
        ['example.com', true],
        ['example.org', false],
      ] as const) {
        const base = baseOf(vector, host);
        const isAgents = vector.key.kty === 'OKP';
        const isRight = isAgents
          ? await keys.verifyAgent(present(readAgentKey(vector.key), 'key'), bytes, base)
          : await isRightByRsa(vector.key, bytes, base);
        expect(isRight).toBe(expected);
      }
    }
  });
});

type Test = {
  readonly tcId: number;
  readonly msg: string;
  readonly sig: string;
  readonly result: 'valid' | 'invalid';
};
type Group = {
  readonly tests: readonly Test[];
  readonly publicKeyJwk?: AgentJwk;
  readonly publicKey: {
    readonly wx?: string;
    readonly wy?: string;
    readonly modulus?: string;
  };
  readonly tagSize: number;
};

const groupsOf = (file: VectorFile): readonly Group[] =>
  (all[file] as { testGroups: readonly Group[] }).testGroups;

/** Some groups have their point as numbers only, with or without a leading zero. */
function jwkOf(jwk: AgentJwk | undefined, { wx = '', wy = '' }: Group['publicKey']): AgentJwk {
  if (jwk !== undefined) return jwk;
  const coordinate = (hex: string): string =>
    toBase64Url(fromHex(hex.slice(-64).padStart(64, '0')));
  return { kty: 'EC', crv: 'P-256', x: coordinate(wx), y: coordinate(wy) };
}

describe('the vectors of Wycheproof', () => {
  it.each([
    ['wycheproof-ecdsa-secp256r1-sha256-p1363', 262],
    ['wycheproof-ed25519', 151],
  ] as const)('of %s get the verdict they should, all %d', async (file, total) => {
    const devices = new DeviceKeys();
    let checked = 0;
    for (const { publicKeyJwk, publicKey, tests } of groupsOf(file)) {
      const key = present(readAgentKey(jwkOf(publicKeyJwk, publicKey)), 'key');
      for (const { tcId, msg, sig, result } of tests) {
        const [signature, message] = [fromHex(sig), fromHex(msg)];
        const verdict = await keys.verifyAgent(key, signature, message);
        expect([tcId, verdict]).toEqual([tcId, result === 'valid']);
        checked += 1;
        if (key.algorithm !== 'ecdsa-p256-sha256') continue;
        const jkt = present(thumbprint(key.publicKey), 'thumbprint');
        const device = await devices.verify(jkt, key.publicKey, signature, message);
        expect([tcId, device]).toEqual([tcId, result === 'valid']);
      }
    }
    expect(checked).toBe(total);
  });

  it('of RSA-PSS get the verdict they should, under the encoding of issuers', async () => {
    const file = 'wycheproof-rsa-pss-2048-sha384-mgf1-48';
    const head =
      '30820152303d06092a864886f70d01010a3030a00d300b0609608648016503040202a11a301806092a864886f7' +
      '0d010108300b0609608648016503040202a2030201300382010f003082010a02820101';
    let checked = 0;
    for (const { publicKey, tests } of groupsOf(file)) {
      const published = concatBytes([
        fromHex(head),
        fromHex(publicKey.modulus ?? ''),
        fromHex('0203010001'),
      ]);
      const issuer = present(readIssuerKey(published as Bytes), 'issuer key');
      for (const { tcId, msg, sig, result } of tests) {
        const verdict = await keys.verifyToken(issuer, fromHex(sig), fromHex(msg));
        expect([tcId, verdict]).toEqual([tcId, result === 'valid']);
        checked += 1;
      }
    }
    expect(checked).toBe(141);
  });

  it('of HMAC-SHA-256 get the verdict they should, by our own', () => {
    type MacTest = { key: string; tag: string };
    let checked = 0;
    for (const group of groupsOf('wycheproof-hmac-sha256')) {
      for (const { tcId, msg, result, ...rest } of group.tests) {
        const { key, tag } = rest as unknown as MacTest;
        const ours = toHex(hmacSha256(fromHex(key))(fromHex(msg))).slice(0, group.tagSize / 4);
        expect([tcId, ours === tag]).toEqual([tcId, result === 'valid']);
        checked += 1;
      }
    }
    expect(checked).toBe(174);
  });
});
