// Checks users' tokens against the keys in the policy and remembers the good ones until they
// expire, because a page shows the same token all day. Kept is a hash, never the token. Where the
// keys come from is the only thing here that would change if they were fetched.

import { createLocalJWKSet } from 'jose/jwks/local';
import { jwtVerify, type JWTVerifyGetKey } from 'jose/jwt/verify';
import { type ShownToken, shownToken, userOf } from '../../core/access-token.ts';
import { type Bytes, equalBytes, utf8 } from '../../core/bytes.ts';
import type { Call, UserIdentity } from '../../core/call.ts';
import type { Denial, TokenFailure } from '../../core/denial.ts';
import type { JwtIdentity } from '../../core/policy/identity.ts';
import { CLOCK_SKEW_SECONDS } from '../../core/proof/index.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { err, ok, present, type Result } from '../../core/result.ts';
import { BoundedMap } from '../bounded-map.ts';
import type { Deps } from '../env.ts';

const TOKENS_CACHED_MAX = 4_096;
/** Enough of a signature to find a remembered token by, so that junk is not even hashed. */
const TAIL_CHARS = 32;

/** jose's codes in our words; anything else it says is about claims. */
const FAILURES: Readonly<Record<string, TokenFailure>> = {
  ERR_JWT_EXPIRED: 'expired',
  ERR_JOSE_ALG_NOT_ALLOWED: 'algorithm',
  ERR_JOSE_NOT_SUPPORTED: 'algorithm',
  ERR_JWKS_NO_MATCHING_KEY: 'key',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'key',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'signature',
  ERR_JWS_INVALID: 'malformed',
  ERR_JWT_INVALID: 'malformed',
};

function failureOf(cause: unknown): TokenFailure {
  const { code } = cause as { readonly code?: unknown };
  return FAILURES[String(code)] ?? 'claims';
}

type Remembered = {
  readonly hash: Bytes;
  readonly scheme: ShownToken['scheme'];
  readonly user: UserIdentity;
  readonly expiresAtSeconds: number;
};

export class Tokens {
  readonly #identity: JwtIdentity;
  readonly #keys: JWTVerifyGetKey;
  readonly #good = new BoundedMap<Remembered>(TOKENS_CACHED_MAX);

  constructor(identity: JwtIdentity) {
    this.#identity = identity;
    this.#keys = createLocalJWKSet({ keys: identity.keys.map((key) => ({ ...key })) });
  }

  /** Whom the token names, or why it names nobody. */
  async read(shown: ShownToken, nowMs: number): Promise<Result<UserIdentity, Denial>> {
    const remembered = this.recall(shown, nowMs);
    if (remembered !== null) return ok(remembered);
    const user = userOf(shown, this.#identity);
    if (!user.ok) return err(this.#denial(shown, user.error));
    try {
      const { issuer, audience, algorithms } = this.#identity;
      const { payload } = await jwtVerify(shown.text, this.#keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_SKEW_SECONDS,
        currentDate: new Date(nowMs),
      });
      this.#remember(shown, user.value, present(payload.exp, 'exp'));
    } catch (cause) {
      return err(this.#denial(shown, failureOf(cause)));
    }
    return user;
  }

  /** Whom the token names, if it was found good before and is not over. */
  recall({ scheme, text }: ShownToken, nowMs: number): UserIdentity | null {
    const found = this.#good.get(text.slice(-TAIL_CHARS));
    if (found === undefined || found.scheme !== scheme) return null;
    if (found.expiresAtSeconds <= Math.floor(nowMs / 1_000) - CLOCK_SKEW_SECONDS) return null;
    return equalBytes(found.hash, sha256(utf8(text))) ? found.user : null;
  }

  #remember({ scheme, text }: ShownToken, user: UserIdentity, expiresAtSeconds: number): void {
    const hash = sha256(utf8(text));
    this.#good.set(text.slice(-TAIL_CHARS), { hash, scheme, user, expiresAtSeconds });
  }

  #denial({ scheme }: ShownToken, reason: TokenFailure): Denial {
    const bound = this.#identity.requireDpop || reason === 'scheme';
    return { kind: 'token-invalid', reason, scheme: bound ? 'DPoP' : scheme };
  }
}

/**
 * The call with the user whose token was found good before, though no gate has looked at it yet;
 * null if it shows a token that nobody has judged.
 */
export function withRememberedUser(call: Call, { tokens }: Deps): Call | null {
  if (tokens === null || call.apiKey !== null || call.user !== null) return call;
  const shown = shownToken(call.headers);
  if (shown === null) return call;
  const user = tokens.recall(shown, call.receivedAtMs);
  return user === null ? null : { ...call, user };
}
