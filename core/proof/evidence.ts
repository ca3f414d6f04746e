// Evidence is what the caller sent in `Inference-Proof`, an RFC 9651 dictionary:
//   c="<challenge>", w=:<8·k bytes>:, s=:<P-256 signature>:, k=:<65-byte public key>:, h="<token>"
// This reads exactly the dictionary members we define and refuses everything else, duplicates
// included: one header has one meaning.

import { type Bytes, fromBase64, toBase64 } from '../bytes.ts';

export const EVIDENCE_BYTES_MAX = 4_096;

export type Evidence = {
  readonly challengeWire: string;
  readonly work: Bytes;
  readonly signature: Bytes | null;
  /** Uncompressed P-256 point, 65 bytes. */
  readonly publicKey: Bytes | null;
  readonly humanToken: string | null;
};

const MEMBER = /^([a-z])=(?:"([A-Za-z0-9._~+/=-]*)"|:([A-Za-z0-9+/=]*):)$/;
const STRINGS = new Set(['c', 'h']);
const BINARIES = new Set(['w', 's', 'k']);

export function parseEvidence(header: string): Evidence | null {
  if (header.length > EVIDENCE_BYTES_MAX) return null;
  const strings = new Map<string, string>();
  const binaries = new Map<string, Bytes>();
  for (const part of header.split(',')) {
    const match = MEMBER.exec(part.trim());
    if (match === null) return null;
    const [, key = '', text, base64] = match;
    if (strings.has(key) || binaries.has(key)) return null;
    if (text !== undefined && STRINGS.has(key)) {
      strings.set(key, text);
    } else if (base64 !== undefined && BINARIES.has(key)) {
      const bytes = fromBase64(base64);
      if (bytes === null) return null;
      binaries.set(key, bytes);
    } else {
      return null;
    }
  }
  const challengeWire = strings.get('c');
  const work = binaries.get('w');
  if (challengeWire === undefined || work === undefined) return null;
  return {
    challengeWire,
    work,
    signature: binaries.get('s') ?? null,
    publicKey: binaries.get('k') ?? null,
    humanToken: strings.get('h') ?? null,
  };
}

export function formatEvidence(evidence: Evidence): string {
  const members = [`c="${evidence.challengeWire}"`, `w=:${toBase64(evidence.work)}:`];
  if (evidence.signature) members.push(`s=:${toBase64(evidence.signature)}:`);
  if (evidence.publicKey) members.push(`k=:${toBase64(evidence.publicKey)}:`);
  if (evidence.humanToken) members.push(`h="${evidence.humanToken}"`);
  return members.join(', ');
}

/** RFC 9530: `sha-256=:<base64>:`. Null if the header is anything else. */
export function parseContentDigest(header: string): Bytes | null {
  const match = /^sha-256=:([A-Za-z0-9+/=]{44}):$/.exec(header);
  const digest = match?.[1] === undefined ? null : fromBase64(match[1]);
  return digest?.length === 32 ? digest : null;
}

export const formatContentDigest = (digest: Uint8Array): string => `sha-256=:${toBase64(digest)}:`;
