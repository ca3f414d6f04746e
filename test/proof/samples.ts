// A challenge as the gateway would issue it, a keyring to seal it, and an honest caller's work for
// it, so that a test can change one thing and see that one thing refused.

import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { type Bytes, utf8 } from '../../core/bytes.ts';
import {
  ALGORITHM_SHA256,
  BIND_SEED,
  type Challenge,
  encodeChallenge,
  formatChallenge,
  type SealedChallenge,
} from '../../core/proof/challenge.ts';
import type { ChallengeContext } from '../../core/proof/index.ts';
import { REQUIRE } from '../../core/proof/requirement.ts';
import { Keyring } from '../../core/proof/keyring.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { type SeedParts, SUB_PUZZLES } from '../../core/proof/work.ts';

export const bytes = (length: number): Bytes => new Uint8Array(randomBytes(length));

export const ACTIVE = { kid: 7, secret: bytes(32) };
export const PREVIOUS = { kid: 6, secret: bytes(32) };
export const keyring = new Keyring(ACTIVE, [PREVIOUS]);

export const NOW_SECONDS = 1_800_000_000;
export const PRINCIPAL = 'ip:203.0.113.7';
const BITS = 3;

export const challenge = (parts: Partial<Challenge> = {}): Challenge => ({
  kid: ACTIVE.kid,
  issuedAtSeconds: NOW_SECONDS,
  notBeforeSeconds: NOW_SECONDS,
  expiresAtSeconds: NOW_SECONDS + 90,
  nonce: bytes(16),
  algorithm: ALGORITHM_SHA256,
  k: SUB_PUZZLES,
  bits: BITS,
  bind: BIND_SEED,
  costNanoUsdMax: 1_000_000,
  require: REQUIRE.work,
  realm: 'test.example',
  route: 'chat',
  principalHash: sha256(utf8(PRINCIPAL)),
  jkt: '',
  conversationHash: new Uint8Array(0),
  ...parts,
});

export const context = (parts: Partial<ChallengeContext> = {}): ChallengeContext => ({
  nowSeconds: NOW_SECONDS,
  realm: 'test.example',
  route: 'chat',
  ...parts,
});

/** Any body under the tag it would have with this key and prefix, by another implementation. */
export function sealWith(secret: Bytes, body: Bytes, prefix = 'ip1\0'): SealedChallenge {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'weighbridge 1 challenge', 32));
  const tag = createHmac('sha256', key).update(prefix).update(body).digest();
  return { body, tag: new Uint8Array(tag) };
}

/** The wire form of a challenge with the right tag, whatever stands in it. */
export const sealed = (parts: Partial<Challenge> = {}): string =>
  formatChallenge(sealWith(ACTIVE.secret, encodeChallenge(challenge(parts))));

export const seedParts = (parts: Partial<SeedParts> = {}): SeedParts => ({
  challengeWire: 'c.t',
  contentDigest: sha256(utf8('{}')),
  method: 'POST',
  route: 'chat',
  jkt: '',
  ...parts,
});
