// An access token as a caller shows it, and what it says of a user once its signature, issuer,
// audience and times are known to be good. RFC 9449 decides which scheme it may come under: a token
// that is bound to a key is never taken as a plain bearer token.

import type { UserIdentity } from './call.ts';
import { isObject, readCompactJws } from './compact-jws.ts';
import type { TokenFailure, TokenScheme } from './denial.ts';
import { type JwtIdentity, planNamed } from './policy/identity.ts';
import { THUMBPRINT } from './proof/thumbprint.ts';
import { err, ok, type Result } from './result.ts';
import { userIdOf } from './user-id.ts';

const TOKEN_BYTES_MAX = 8_192;

export type ShownToken = { readonly scheme: TokenScheme; readonly text: string };

/** An empty last part is one without a signature: it is a token, and refused as one. */
const SHOWN = /^(bearer|dpop) +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)$/i;

/** What looks like a signed token. Null for anything else in `Authorization`, two of it too. */
export function shownToken(headers: Headers): ShownToken | null {
  const [, scheme = '', text] = SHOWN.exec(headers.get('Authorization') ?? '') ?? [];
  if (text === undefined) return null;
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', text };
}

/** RFC 7519 and RFC 9068. A token that says it is for something else is not for us. */
const TYPES: readonly unknown[] = [undefined, 'jwt', 'at+jwt'];

const plainType = (type: unknown): unknown =>
  typeof type === 'string' ? type.toLowerCase().replace(/^application\//, '') : type;

/** The thumbprint a token is bound to, empty for none; null if it is bound in another way. */
function boundTo(confirmation: unknown): string | null {
  if (confirmation === undefined) return '';
  const jkt = isObject(confirmation) ? confirmation['jkt'] : undefined;
  return typeof jkt === 'string' && THUMBPRINT.test(jkt) ? jkt : null;
}

/** Whom the token names, before anybody has looked at its signature. */
export function userOf(
  { scheme, text }: ShownToken,
  identity: JwtIdentity,
): Result<UserIdentity, TokenFailure> {
  const token = readCompactJws(text, TOKEN_BYTES_MAX);
  if (token === null) return err('malformed');
  const { header, claims } = token;
  if (!TYPES.includes(plainType(header['typ']))) return err('type');
  const said = (claim: string): unknown =>
    Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const id = userIdOf(said(identity.userClaim));
  if (id === null) return err('user');
  const jkt = boundTo(claims['cnf']);
  if (jkt === null || (jkt === '' && identity.requireDpop)) return err('unbound');
  if ((jkt !== '') !== (scheme === 'DPoP')) return err('scheme');
  const plan = planNamed(identity.planClaim === null ? null : said(identity.planClaim), identity);
  const verified = said(identity.verifiedClaim);
  // Some providers write every claim as text.
  return ok({ id, jkt, plan, isVerified: verified === true || verified === 'true' });
}
