// Seals and opens challenges with the three keys of the environment: the previous one is still
// accepted, the active one signs, the next one is already accepted so that a rotation needs no
// pause.

import { type Bytes, equalBytes, fromBase64Url } from '../bytes.ts';
import { err, ok, type Result } from '../result.ts';
import {
  type Challenge,
  CHALLENGE_MAC_PREFIX,
  decodeChallenge,
  encodeChallenge,
  formatChallenge,
  parseChallenge,
} from './challenge.ts';
import type { ProofFailure } from './index.ts';
import { hmacSha256 } from './sha256.ts';

export const KEY_BYTES_MIN = 32;

export type MacKey = { readonly kid: number; readonly secret: Bytes };

/** `kid:base64url`, kid 0 to 255, at least 32 bytes. Null for anything else. */
export function parseMacKey(text: string): MacKey | null {
  const match = /^(\d{1,3}):([A-Za-z0-9_-]+)$/.exec(text);
  const secret = fromBase64Url(match?.[2] ?? '');
  const kid = Number(match?.[1]);
  if (match === null || secret === null || kid > 255 || secret.length < KEY_BYTES_MIN) return null;
  return { kid, secret };
}

type Sealer = { readonly kid: number; readonly tag: (body: Bytes) => Bytes };

function sealer({ kid, secret }: MacKey): Sealer {
  const mac = hmacSha256(secret);
  return {
    kid,
    tag(body) {
      const message = new Uint8Array(CHALLENGE_MAC_PREFIX.length + body.length);
      message.set(CHALLENGE_MAC_PREFIX);
      message.set(body, CHALLENGE_MAC_PREFIX.length);
      return mac(message);
    },
  };
}

export class Keyring {
  readonly #active: Sealer;
  readonly #byKid: ReadonlyMap<number, Sealer>;

  constructor(active: MacKey, others: readonly MacKey[]) {
    this.#active = sealer(active);
    this.#byKid = new Map([...others, active].map((key) => [key.kid, sealer(key)]));
  }

  /** The wire form of a challenge, sealed with the active key. */
  seal(challenge: Omit<Challenge, 'kid'>): string {
    const body = encodeChallenge({ ...challenge, kid: this.#active.kid });
    return formatChallenge({ body, tag: this.#active.tag(body) });
  }

  /** A challenge that one of our keys sealed. Nothing in it is believed before the tag is right. */
  open(wire: string): Result<Challenge, ProofFailure> {
    const sealed = parseChallenge(wire);
    if (sealed === null) return err('malformed');
    const key = this.#byKid.get(sealed.body[1] ?? -1);
    if (key === undefined) return err('unknown-key');
    if (!equalBytes(key.tag(sealed.body), sealed.tag)) return err('bad-mac');
    const challenge = decodeChallenge(sealed.body);
    return challenge === null ? err('malformed') : ok(challenge);
  }
}
