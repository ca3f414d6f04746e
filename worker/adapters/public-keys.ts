// Checks signatures by keys that the policy names: those of token issuers and of agents. A key that
// cannot be imported verifies nothing.

import { type Bytes, toBase64Url } from '../../core/bytes.ts';
import type { AgentKey } from '../../core/proof/agent-key.ts';
import type { IssuerKey } from '../../core/proof/issuer-key.ts';
import { ImportedKeys, SIGNATURE_BYTES } from './imported-keys.ts';

/** More than a policy can name (`AGENTS_MAX`, and four issuer keys). */
const KEYS_CACHED_MAX = 512;

/** RFC 9578 section 8.2: RSA-PSS with SHA-384 and a salt of 48 bytes. */
const TOKEN_IMPORT = { name: 'RSA-PSS', hash: 'SHA-384' } as const;
const TOKEN_VERIFY = { name: 'RSA-PSS', saltLength: 48 } as const;

const AGENT_IMPORT = {
  ed25519: { name: 'Ed25519' },
  'ecdsa-p256-sha256': { name: 'ECDSA', namedCurve: 'P-256' },
} as const;
const AGENT_VERIFY = {
  ed25519: { name: 'Ed25519' },
  'ecdsa-p256-sha256': { name: 'ECDSA', hash: 'SHA-256' },
} as const;

export class PublicKeys {
  readonly #keys = new ImportedKeys(KEYS_CACHED_MAX);

  /** Is this an authenticator of this issuer over these bytes? */
  async verifyToken(issuer: IssuerKey, authenticator: Bytes, signed: Bytes): Promise<boolean> {
    const key = await this.#keys.keyOf(`issuer:${toBase64Url(issuer.keyId)}`, () =>
      crypto.subtle.importKey('spki', issuer.spki, TOKEN_IMPORT, false, ['verify']),
    );
    return key !== null && crypto.subtle.verify(TOKEN_VERIFY, key, authenticator, signed);
  }

  /** Did this agent's key sign these bytes? */
  async verifyAgent(agent: AgentKey, signature: Bytes, signed: Bytes): Promise<boolean> {
    const { keyId, algorithm, publicKey } = agent;
    if (signature.length !== SIGNATURE_BYTES) return false;
    const key = await this.#keys.keyOf(`agent:${keyId}`, () =>
      crypto.subtle.importKey('raw', publicKey, AGENT_IMPORT[algorithm], false, ['verify']),
    );
    return key !== null && crypto.subtle.verify(AGENT_VERIFY[algorithm], key, signature, signed);
  }
}
