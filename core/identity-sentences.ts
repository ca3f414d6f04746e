// What a caller hears whose word about a user is not taken, or cannot be checked.

import { RETRY_AFTER_SECONDS_MAX } from './budget-sentences.ts';
import type { Denial } from './denial.ts';
import type { Sentence } from './sentences.ts';

type Of<Kind extends Denial['kind']> = Extract<Denial, { kind: Kind }>;

const TOKEN_EXPIRED = 'The access token has expired. Get a fresh one where you signed in.';

const TOKEN_REFUSED =
  'The access token was not accepted. Send one that your identity provider made for this service, ' +
  'and if it is bound to a key, as "Authorization: DPoP …" with proof of that key (RFC 9449).';

export const tokenInvalid = ({ reason, scheme }: Of<'token-invalid'>): Sentence => ({
  status: 401,
  title: 'Token not accepted',
  detail: reason === 'expired' ? TOKEN_EXPIRED : TOKEN_REFUSED,
  headers: {
    'WWW-Authenticate': `${scheme} error="invalid_token"${scheme === 'DPoP' ? ', algs="ES256"' : ''}`,
  },
});

export const SESSION_REFUSED: Sentence = {
  status: 403,
  title: 'Session cookie not accepted',
  detail:
    'A session cookie counts once in a request, and only in one that a page of this host or of an ' +
    'origin that the policy lists has made (Origin, Sec-Fetch-Site). Send it so, or send none.',
};

export const identityUnreachable = ({
  reason,
  retryAfterSeconds,
}: Of<'identity-unreachable'>): Sentence => ({
  status: reason === 'asks' ? 429 : 503,
  title: 'Who calls cannot be checked',
  detail: 'Nothing is sent to a provider while it is not known who calls. Try again shortly.',
  retryAfterSeconds: Math.min(RETRY_AFTER_SECONDS_MAX, retryAfterSeconds),
});
