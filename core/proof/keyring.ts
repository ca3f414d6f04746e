// Seals and opens with the three root secrets of the environment: the active one seals, the next
// one is accepted already, so that a rotation needs no pause, and the previous one is accepted for
// what it sealed before it was retired. Each purpose has keys of its own, derived once, here.

import { type Bytes, concatBytes, equalBytes, fromBase64Url } from '../bytes.ts';
import { err, ok, present, type Result } from '../result.ts';
import {
  type Challenge,
  CHALLENGE_MAC_PREFIX,
  decodeChallenge,
  encodeChallenge,
  formatChallenge,
  parseChallenge,
} from './challenge.ts';
import type { ProofFailure } from './index.ts';
import { type Purpose, purposeKey, PURPOSES } from './purpose.ts';
import { type ReadIssuedAt, SealedTokens } from './sealed-token.ts';
import { hmacSha256 } from './sha256.ts';

/** One root secret for one purpose. */
export type Lock = {
  readonly kid: number;
  readonly mac: (message: Uint8Array) => Bytes;
  /** What it sealed later is refused. */
  readonly retiredAtSeconds: number;
};

export type Locks = { readonly active: Lock; readonly byKid: ReadonlyMap<number, Lock> };

const NEVER = Number.POSITIVE_INFINITY;

function locksOf(active: MacKey, others: readonly MacKey[], purpose: Purpose): Locks {
  const lock = ({ kid, secret }: MacKey, retiredAtSeconds: number): Lock => ({
    kid,
    mac: hmacSha256(purposeKey(secret, purpose)),
    retiredAtSeconds,
  });
  // What is active is not retired, whatever else is said of it.
  const first = lock(active, NEVER);
  const rest = others.map((key) => lock(key, key.retiredAtSeconds ?? NEVER));
  return { active: first, byKid: new Map([...rest, first].map((one) => [one.kid, one])) };
}

const challengeTag = ({ mac }: Lock, body: Bytes): Bytes =>
  mac(concatBytes([CHALLENGE_MAC_PREFIX, body]));

export class Keyring {
  readonly #byPurpose: ReadonlyMap<Purpose, Locks>;
  readonly #challenge: Locks;

  constructor(active: MacKey, others: readonly MacKey[]) {
    this.#byPurpose = new Map(
      PURPOSES.map((purpose) => [purpose, locksOf(active, others, purpose)]),
    );
    this.#challenge = this.#locks('challenge');
  }

  #locks(purpose: Purpose): Locks {
    return present(this.#byPurpose.get(purpose), 'purpose');
  }

  /** The wire form of a challenge, sealed with the active key. */
  seal(challenge: Omit<Challenge, 'kid'>): string {
    const { active } = this.#challenge;
    const body = encodeChallenge({ ...challenge, kid: active.kid });
    return formatChallenge({ body, tag: challengeTag(active, body) });
  }

  /** A challenge that one of our keys sealed. Nothing in it is believed before the tag is right. */
  open(wire: string): Result<Challenge, ProofFailure> {
    const sealed = parseChallenge(wire);
    if (sealed === null) return err('malformed');
    const lock = this.#challenge.byKid.get(sealed.body[1] ?? -1);
    if (lock === undefined) return err('unknown-key');
    if (!equalBytes(challengeTag(lock, sealed.body), sealed.tag)) return err('bad-mac');
    const challenge = decodeChallenge(sealed.body);
    if (challenge === null) return err('malformed');
    return challenge.issuedAtSeconds > lock.retiredAtSeconds ? err('unknown-key') : ok(challenge);
  }

  /**
   * Seals and opens tokens of another purpose. `issuedAtSeconds` reads from a body when it was
   * sealed, so that a retired key opens nothing from after its time.
   */
  sealer(
    purpose: Exclude<Purpose, 'challenge'>,
    issuedAtSeconds: ReadIssuedAt | null = null,
  ): SealedTokens {
    return new SealedTokens(purpose, this.#locks(purpose), issuedAtSeconds);
  }
}

export const KEY_BYTES_MIN = 32;
const SECONDS_MAX = 2 ** 32 - 1;

export type MacKey = {
  readonly kid: number;
  readonly secret: Bytes;
  /** Of the previous key: what says it was issued later is refused. */
  readonly retiredAtSeconds?: number;
};

/**
 * `kid:base64url`, kid 0 to 255, at least 32 bytes; for a key that was retired `:unixSeconds`
 * behind it. Null for anything else, times in milliseconds among them.
 */
export function parseMacKey(text: string): MacKey | null {
  const match = /^(\d{1,3}):([A-Za-z0-9_-]+)(?::(\d{1,10}))?$/.exec(text);
  const secret = fromBase64Url(match?.[2] ?? '');
  const kid = Number(match?.[1]);
  if (match === null || secret === null || kid > 255 || secret.length < KEY_BYTES_MIN) return null;
  if (match[3] === undefined) return { kid, secret };
  const retiredAtSeconds = Number(match[3]);
  return retiredAtSeconds > SECONDS_MAX ? null : { kid, secret, retiredAtSeconds };
}
