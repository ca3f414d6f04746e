// A session cookie as a caller shows it, and what the app says of it. Browsers send cookies by
// themselves, whoever's page makes the request (RFC 6265, 8.2): a cookie names a user only where
// the browser says that a page of the app's own made it, and where it can be read in one way.

import * as z from 'zod';
import type { UserIdentity } from './call.ts';
import type { SessionFailure } from './denial.ts';
import { planNamed, type PlanTerms } from './policy/identity.ts';
import { err, ok, type Result } from './result.ts';
import { userIdOf } from './user-id.ts';

const COOKIE_CHARS_MAX = 4_096;
/** RFC 6265, 4.1.1: cookie-octets, and quotes around them as servers do write them. */
const COOKIE_VALUE = /^("?)[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+\1$/;

/** Of a URL as the platform writes it: in lower case, without the usual port. */
const ORIGIN = /^https?:\/\/[^/?#]+/;

type Shown = { readonly headers: Headers; readonly url: string };

/** Does the browser say that a page of this host, or of one we list, has made the request? */
function isOfOurPages({ headers, url }: Shown, corsOrigins: ReadonlySet<string>): boolean {
  const origin = headers.get('Origin');
  if (origin !== null) return origin === ORIGIN.exec(url)?.[0] || corsOrigins.has(origin);
  return ['same-origin', 'none'].includes(headers.get('Sec-Fetch-Site') ?? '');
}

const isNamed = (pair: string, name: string): boolean =>
  pair.includes('=') && pair.split('=', 1)[0]?.trim() === name;

/** The value of the cookie; null where there is none, or an empty one. */
export function shownSession(
  shown: Shown,
  name: string,
  corsOrigins: ReadonlySet<string>,
): Result<string | null, SessionFailure> {
  const cookies = shown.headers.get('Cookie') ?? '';
  const values = cookies
    .split(';')
    .map((pair) => pair.replace(/^[ \t]+/, ''))
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1).replace(/[ \t]+$/, ''));
  const [value = ''] = values;
  // A page of a sibling host may set a second one: the app and we might each believe another. Apps
  // differ in which blanks they take off a name, with which no browser holds to `__Host-`, and in
  // whether a comma parts two.
  const read = cookies.split(/[;,]/).filter((pair) => isNamed(pair, name));
  if (read.length > 1 || read.length !== values.length) return err('twice');
  if (value === '') return ok(null);
  if (value.length > COOKIE_CHARS_MAX || !COOKIE_VALUE.test(value)) return err('malformed');
  return isOfOurPages(shown, corsOrigins) ? ok(value) : err('cross-site');
}

const reply = z.discriminatedUnion('active', [
  z.strictObject({ active: z.literal(false) }),
  z.strictObject({
    active: z.literal(true),
    user: z.string(),
    plan: z.string().max(128).optional(),
    verified: z.boolean().optional(),
    /** The session's own end, in seconds since 1970. */
    expiresAtSeconds: z.int().min(0).optional(),
  }),
]);

/** Whose session it is, nobody's if it is over, and until when that is so. */
export type Session = {
  readonly user: UserIdentity | null;
  readonly expiresAtMs: number;
};

const NOBODY: Session = { user: null, expiresAtMs: Infinity };

/** Null for an answer that is none. */
export function readSession(json: unknown, terms: PlanTerms, nowMs: number): Session | null {
  const parsed = reply.safeParse(json);
  if (!parsed.success) return null;
  if (!parsed.data.active) return NOBODY;
  const { user, plan, verified = false, expiresAtSeconds = Infinity } = parsed.data;
  const id = userIdOf(user);
  if (id === null) return null;
  const expiresAtMs = expiresAtSeconds * 1_000;
  if (expiresAtMs <= nowMs) return NOBODY;
  return {
    user: { id, jkt: '', plan: planNamed(plan, terms), isVerified: verified },
    expiresAtMs,
  };
}
