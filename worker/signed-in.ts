// Which user of the app a request names: by a token, or else by a session cookie. A token is what
// the caller shows on purpose, so where it is there no cookie is looked at, whoever it names; and
// where it is no good, no cookie takes its place.

import { shownToken } from '../core/access-token.ts';
import type { Call, UserIdentity } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import { ok, type Result } from '../core/result.ts';
import type { Visitor } from './adapters/sessions.ts';
import type { Deps } from './env.ts';

const tokenOf = ({ headers }: Visitor, { tokens }: Deps) =>
  tokens === null ? null : shownToken(headers);

/** The user, or null for nobody. */
export async function signedIn(
  visitor: Visitor,
  nowMs: number,
  deps: Deps,
): Promise<Result<UserIdentity | null, Denial>> {
  const shown = tokenOf(visitor, deps);
  if (shown !== null && deps.tokens !== null) return deps.tokens.read(shown, nowMs);
  return deps.sessions === null ? ok(null) : deps.sessions.read(visitor, nowMs, deps);
}

/** As `signedIn`, by what was found before; undefined where nobody has looked at it yet. */
export function signedInBefore(
  visitor: Visitor,
  nowMs: number,
  deps: Deps,
): UserIdentity | null | undefined {
  const shown = tokenOf(visitor, deps);
  if (shown !== null) return deps.tokens?.recall(shown, nowMs) ?? undefined;
  return deps.sessions === null ? null : deps.sessions.recall(visitor, nowMs, deps);
}

/**
 * The call with the user who was found before, though no gate has looked at it yet; null if it
 * names one whom nobody has judged.
 */
export function withRememberedUser(call: Call, deps: Deps): Call | null {
  if (call.apiKey !== null || call.user !== null) return call;
  const user = signedInBefore(call, call.receivedAtMs, deps);
  return user === undefined ? null : { ...call, user };
}
