// Asks the app whose session a cookie is, by a request that is signed, and remembers the answer for
// some seconds: so long a logout takes. A cookie that the app has not called good lately is asked
// about only so often for an address, or a flood of junk here would be one there. Kept is a hash,
// never the cookie.

import { utf8 } from '../../core/bytes.ts';
import type { Call, UserIdentity } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import type { SessionIdentity } from '../../core/policy/identity.ts';
import { sha256Base64Url } from '../../core/proof/sha256.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { readSession, type Session, shownSession } from '../../core/session.ts';
import { BoundedMap } from '../bounded-map.ts';
import type { Deps } from '../env.ts';
import { logEvent } from '../observe/log.ts';
import { signOriginRequest } from '../origin-signature.ts';
import { plainRequestId } from '../plain-request-id.ts';
import { ANSWER_MS_MAX, askJson } from './ask-json.ts';
import { AskLimiter } from './ask-limiter.ts';
import { elsewhere } from './elsewhere.ts';

const SESSIONS_CACHED_MAX = 4_096;
const QUESTIONS_MAX = 1_024;
const REPLY_BYTES_MAX = 4_096;
const RETRY_SECONDS = 2;

type Known = { readonly user: UserIdentity | null; readonly untilMs: number };

/** Who shows a cookie, and where. */
export type Visitor = Pick<Call, 'headers' | 'url' | 'ip'>;

const unreachable = (cause: string): Result<never, Denial> =>
  err({ kind: 'identity-unreachable', reason: 'session', cause, retryAfterSeconds: RETRY_SECONDS });

export class Sessions {
  readonly #identity: SessionIdentity;
  readonly #limiter: AskLimiter;
  /** Apart, so that no flood of junk drives out who is signed in. */
  readonly #active = new BoundedMap<Known>(SESSIONS_CACHED_MAX);
  readonly #inactive = new BoundedMap<Known>(SESSIONS_CACHED_MAX);
  /** Until when a question that is on its way may be answered. */
  readonly #asking = new BoundedMap<number>(QUESTIONS_MAX);

  constructor(identity: SessionIdentity) {
    this.#identity = identity;
    this.#limiter = new AskLimiter(identity.asks);
  }

  /** Whose session it is: null where none is shown, or it is over. */
  async read(
    visitor: Visitor,
    nowMs: number,
    deps: Deps,
  ): Promise<Result<UserIdentity | null, Denial>> {
    const shown = this.#shown(visitor, deps);
    if (!shown.ok) return err({ kind: 'session-refused', reason: shown.error });
    if (shown.value === null) return ok(null);
    const key = sha256Base64Url(shown.value);
    const known = this.#known(key, nowMs);
    if (known !== null) return ok(known.user);
    if (nowMs < (this.#asking.get(key) ?? 0)) {
      await elsewhere(() => !this.#asking.has(key), ANSWER_MS_MAX);
      const heard = this.#known(key, nowMs);
      return heard === null ? unreachable('another request was not answered') : ok(heard.user);
    }
    const wait = this.#active.has(key) ? 0 : this.#limiter.take(visitor.ip, 1, nowMs);
    if (wait > 0) {
      const cause = 'too many unknown sessions';
      return err({ kind: 'identity-unreachable', reason: 'asks', cause, retryAfterSeconds: wait });
    }
    this.#asking.set(key, nowMs + ANSWER_MS_MAX);
    const session = await this.#ask(shown.value, nowMs, deps);
    this.#asking.delete(key);
    if (!session.ok) {
      // From now on it counts as one that nobody has heard of.
      this.#active.delete(key);
      logEvent('identity-unreachable', { origin: this.#identity.origin.id, cause: session.error });
      return unreachable(session.error);
    }
    this.#remember(key, session.value, nowMs);
    return ok(session.value.user);
  }

  /** As it was heard before; undefined where nobody knows. */
  recall(visitor: Visitor, nowMs: number, deps: Deps): UserIdentity | null | undefined {
    const shown = this.#shown(visitor, deps);
    if (!shown.ok) return undefined;
    if (shown.value === null) return null;
    return this.#known(sha256Base64Url(shown.value), nowMs)?.user;
  }

  #shown(visitor: Visitor, { policy }: Deps) {
    return shownSession(visitor, this.#identity.cookie, policy.corsOrigins);
  }

  #known(key: string, nowMs: number): Known | null {
    const found = [this.#active, this.#inactive].map((known) => known.get(key));
    return found.find((known) => known !== undefined && nowMs < known.untilMs) ?? null;
  }

  /** By the time of the question: what happened on its way is heard the next time. */
  #remember(key: string, { user, expiresAtMs }: Session, nowMs: number): void {
    const known = { user, untilMs: Math.min(nowMs + this.#identity.cacheMs, expiresAtMs) };
    (user === null ? this.#active : this.#inactive).delete(key);
    (user === null ? this.#inactive : this.#active).set(key, known);
  }

  async #ask(cookie: string, nowMs: number, deps: Deps): Promise<Result<Session, string>> {
    const { origin, path } = this.#identity;
    const url = new URL(`${deps.appOrigin(origin).baseUrl}${path}`);
    const body = utf8(JSON.stringify({ cookie }));
    // Nobody is known yet: who signs for us looks for these two in everything of ours.
    const own = new Headers({
      Accept: 'application/json',
      'Content-Type': 'application/json',
      'Weighbridge-Caller': 'address',
      'Weighbridge-Request-Id': plainRequestId(deps),
    });
    const question = { origin, method: 'POST', url, headers: own, body };
    const headers = await signOriginRequest(question, deps);
    const answer = await askJson(url, REPLY_BYTES_MAX, { method: 'POST', headers, body });
    if (!answer.ok) return answer;
    const session = readSession(answer.value, this.#identity, nowMs);
    return session === null ? err('not-a-session') : ok(session);
  }
}
