// The files of other projects' test vectors, by name. Where each is from: docs/proofs.md.

export const VECTOR_FILES = [
  'rfc9578-public.rust',
  'web-bot-auth-architecture-v2',
  'wycheproof-ecdsa-secp256r1-sha256-p1363',
  'wycheproof-ed25519',
  'wycheproof-hmac-sha256',
  'wycheproof-rsa-pss-2048-sha384-mgf1-48',
] as const;
export type VectorFile = (typeof VECTOR_FILES)[number];
