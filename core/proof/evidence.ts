// Evidence is what the caller sent in `Inference-Proof`, an RFC 9651 dictionary: the challenge as
// c="…", and what each verifier reads, e.g. w=:<8·k bytes>: or h="<token>". This takes exactly the
// members it is told of and refuses everything else, duplicates included: one header has one
// meaning.

import { type Bytes, fromBase64, toBase64 } from '../bytes.ts';

export const EVIDENCE_BYTES_MAX = 4_096;

/** What one verifier reads: a byte sequence or a string, and the most bytes of it. */
export type EvidenceMember = { readonly as: 'bytes' | 'text'; readonly bytesMax: number };

/** By the member's one-letter key. `c` is the challenge and nobody else's. */
export type EvidenceMembers = Readonly<Record<string, EvidenceMember>>;

export type Evidence = {
  readonly challengeWire: string;
  readonly bytes: Readonly<Record<string, Bytes>>;
  readonly text: Readonly<Record<string, string>>;
};

const CHALLENGE: EvidenceMember = { as: 'text', bytesMax: EVIDENCE_BYTES_MAX };
const MEMBER = /^([a-z])=(?:"([A-Za-z0-9._~+/=-]*)"|:([A-Za-z0-9+/=]*):)$/;

/** Keys are single letters, so no name that every object has is among them. */
export function parseEvidence(header: string, members: EvidenceMembers): Evidence | null {
  if (header.length > EVIDENCE_BYTES_MAX) return null;
  const text: Record<string, string> = {};
  const bytes: Record<string, Bytes> = {};
  for (const part of header.split(',')) {
    const match = MEMBER.exec(part.trim());
    if (match === null) return null;
    const [, key = '', string, base64 = ''] = match;
    if (key in text || key in bytes) return null;
    const member = key === 'c' ? CHALLENGE : members[key];
    if (member === undefined || (member.as === 'text') !== (string !== undefined)) return null;
    if (string !== undefined) {
      if (string.length > member.bytesMax) return null;
      text[key] = string;
    } else {
      const decoded = fromBase64(base64);
      if (decoded === null || decoded.length > member.bytesMax) return null;
      bytes[key] = decoded;
    }
  }
  const { c: challengeWire, ...others } = text;
  return challengeWire === undefined ? null : { challengeWire, bytes, text: others };
}

export function formatEvidence({ challengeWire, bytes, text }: Evidence): string {
  const members = [`c="${challengeWire}"`];
  for (const [key, value] of Object.entries(bytes)) members.push(`${key}=:${toBase64(value)}:`);
  for (const [key, value] of Object.entries(text)) members.push(`${key}="${value}"`);
  return members.join(', ');
}

/** RFC 9530: `sha-256=:<base64>:`. Null if the header is anything else. */
export function parseContentDigest(header: string): Bytes | null {
  const match = /^sha-256=:([A-Za-z0-9+/=]{44}):$/.exec(header);
  const digest = match?.[1] === undefined ? null : fromBase64(match[1]);
  return digest?.length === 32 ? digest : null;
}

export const formatContentDigest = (digest: Uint8Array): string => `sha-256=:${toBase64(digest)}:`;
