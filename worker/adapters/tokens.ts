// Checks users' tokens and remembers the good ones until they expire, because a page shows the same
// token all day; where their keys are published, no longer than those, so that a key that is taken
// back takes its tokens along. Kept is a hash, never the token.

import { jwtVerify } from 'jose/jwt/verify';
import { type ShownToken, userOf } from '../../core/access-token.ts';
import { type Bytes, equalBytes, utf8 } from '../../core/bytes.ts';
import type { UserIdentity } from '../../core/call.ts';
import type { Denial, TokenFailure } from '../../core/denial.ts';
import type { JwtIdentity } from '../../core/policy/identity.ts';
import { CLOCK_SKEW_SECONDS } from '../../core/proof/index.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { err, ok, present, type Result } from '../../core/result.ts';
import { BoundedMap } from '../bounded-map.ts';
import { KeysUnreachable, RETRY_MS, tokenKeys } from './token-keys.ts';

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
  readonly believedUntilMs: number;
};

export class Tokens {
  readonly #identity: JwtIdentity;
  readonly #keysAt: ReturnType<typeof tokenKeys>;
  readonly #believedMs: number;
  readonly #good = new BoundedMap<Remembered>(TOKENS_CACHED_MAX);

  constructor(identity: JwtIdentity) {
    this.#identity = identity;
    this.#keysAt = tokenKeys(identity);
    this.#believedMs = 'url' in identity.keys ? identity.keys.cacheMs : Infinity;
  }

  /** Whom the token names, or why it names nobody. */
  async read(shown: ShownToken, nowMs: number): Promise<Result<UserIdentity, Denial>> {
    const remembered = this.recall(shown, nowMs);
    if (remembered !== null) return ok(remembered);
    const user = userOf(shown, this.#identity);
    if (!user.ok) return err(this.#denial(shown, user.error));
    try {
      const { issuer, audience, algorithms } = this.#identity;
      const { payload } = await jwtVerify(shown.text, this.#keysAt(nowMs), {
        issuer,
        audience,
        algorithms: [...algorithms],
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_SKEW_SECONDS,
        currentDate: new Date(nowMs),
      });
      const expiresAtSeconds = present(payload.exp, 'exp');
      this.#remember(shown, { user: user.value, expiresAtSeconds, nowMs });
    } catch (cause) {
      if (cause instanceof KeysUnreachable) {
        const why = { reason: 'keys', cause: cause.message } as const;
        return err({
          kind: 'identity-unreachable',
          ...why,
          retryAfterSeconds: RETRY_MS / 1_000,
        });
      }
      return err(this.#denial(shown, failureOf(cause)));
    }
    return user;
  }

  /** Whom the token names, if it was found good before and is not over. */
  recall({ scheme, text }: ShownToken, nowMs: number): UserIdentity | null {
    const found = this.#good.get(text.slice(-TAIL_CHARS));
    if (found === undefined || found.scheme !== scheme) return null;
    if (nowMs >= found.believedUntilMs) return null;
    if (found.expiresAtSeconds <= Math.floor(nowMs / 1_000) - CLOCK_SKEW_SECONDS) return null;
    return equalBytes(found.hash, sha256(utf8(text))) ? found.user : null;
  }

  #remember(
    { scheme, text }: ShownToken,
    {
      user,
      expiresAtSeconds,
      nowMs,
    }: Pick<Remembered, 'user' | 'expiresAtSeconds'> & { readonly nowMs: number },
  ): void {
    const hash = sha256(utf8(text));
    const believedUntilMs = nowMs + this.#believedMs;
    const remembered = { hash, scheme, user, expiresAtSeconds, believedUntilMs };
    this.#good.set(text.slice(-TAIL_CHARS), remembered);
  }

  #denial({ scheme }: ShownToken, reason: TokenFailure): Denial {
    const bound = this.#identity.requireDpop || reason === 'scheme';
    return { kind: 'token-invalid', reason, scheme: bound ? 'DPoP' : scheme };
  }
}
