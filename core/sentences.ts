// What may be said aloud of each denial: a table with one entry per kind, so that a new kind does
// not compile until somebody decides its words. Kinds that would tell an attacker which check
// failed share a sentence; a terminal refusal is never a status that SDKs retry.

import {
  overBudget,
  overConcurrency,
  overQuota,
  overRequests,
  RETRY_AFTER_SECONDS_MAX,
} from './budget-sentences.ts';
import { switchedOff } from './control/sentence.ts';
import type { Denial, DenialKind } from './denial.ts';
import { formatTokenOffer } from './proof/private-token.ts';
import { identityUnreachable, SESSION_REFUSED, tokenInvalid } from './identity-sentences.ts';
import { planRequired } from './plan-sentence.ts';
import { GRANT_INVALID, GRANT_OVER, RUN_UNKNOWN, timedOut, unreachable } from './run/sentences.ts';

export type Source = 'gateway' | 'provider' | 'origin';

export type Sentence = {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly source?: Source;
  /** Set only where waiting helps; seconds, at most `RETRY_AFTER_SECONDS_MAX`. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Members beside the usual ones. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** The word an SDK already knows for this, if there is one. */
  readonly errorCode?: string;
};

export { RETRY_AFTER_SECONDS_MAX } from './budget-sentences.ts';

const BEARER_UNKNOWN =
  'The bearer token is not an API key of this gateway, and the request carries no proof. Send an ' +
  'API key that starts with "wb_", or use the Weighbridge client (createFetch or the script tag).';

const PROOF_ASKED =
  'Every request here carries a fresh proof. Use the Weighbridge client (createFetch or the script ' +
  'tag), or send an API key as "Authorization: Bearer wb_…" where the route takes one.';

const HUMAN_ASKED =
  'What one sign of a human allows to spend is spent. Answer the fresh challenge in ' +
  'Inference-Proof-Next with a new one; the Weighbridge client does so by itself.';

const PRIVATE_TOKEN_ASKED =
  'This route also asks for a private access token (RFC 9577). Send the request again with the same ' +
  'Inference-Proof and a token for the challenge in WWW-Authenticate; nothing was spent.';

const PROOF_REJECTED =
  'The proof sent with this request was not accepted. It may be too old, used already, made for ' +
  'another request, or made for a cheaper one. Answer the fresh challenge in Inference-Proof-Next.';

type Sentences = {
  readonly [Kind in DenialKind]: (
    denial: Extract<Denial, { kind: Kind }>,
    nowMs: number | null,
  ) => Sentence;
};

const said =
  (status: number, title: string, detail: string): (() => Sentence) =>
  () => ({ status, title, detail });

export const SENTENCES: Sentences = {
  'path-unknown': said(404, 'No such path', 'Nothing is served at this path.'),
  'path-ambiguous': said(
    400,
    'Ambiguous path',
    'This is an unusual spelling of a protected path. Use the plain spelling.',
  ),
  'method-not-allowed': ({ allow }) => ({
    status: 405,
    title: 'Method not allowed',
    detail: `This path answers ${allow} only.`,
    headers: { Allow: allow },
  }),
  'headers-too-large': ({ headerBytesMax }) => ({
    status: 431,
    title: 'Headers too large',
    detail: `The headers of a request may have ${String(headerBytesMax)} bytes at most.`,
  }),
  'proof-required': ({ bearerSeen, purse }) => ({
    status: 401,
    title: 'A proof is required',
    detail: purse !== undefined ? HUMAN_ASKED : bearerSeen ? BEARER_UNKNOWN : PROOF_ASKED,
  }),
  'private-token-required': (offer) => ({
    status: 401,
    title: 'A private token is required',
    detail: PRIVATE_TOKEN_ASKED,
    headers: { 'WWW-Authenticate': formatTokenOffer(offer) },
  }),
  'proof-rejected': said(403, 'Proof not accepted', PROOF_REJECTED),
  'too-many-challenges': ({ retryAfterSeconds }) => ({
    status: 429,
    title: 'Too many challenges asked for',
    detail:
      'This address asks for challenges faster than calls are made. Every answer carries the next ' +
      'one in Inference-Proof-Next.',
    retryAfterSeconds: Math.min(RETRY_AFTER_SECONDS_MAX, retryAfterSeconds),
    errorCode: 'rate_limit_exceeded',
  }),
  'api-key-invalid': () => ({
    status: 401,
    title: 'API key not accepted',
    detail: 'This API key is not known here, has expired, or was revoked.',
    errorCode: 'invalid_api_key',
  }),
  'key-scope': said(
    403,
    'Not with this API key',
    'This API key was made for other routes. Use one that was made for this route too.',
  ),
  'token-invalid': tokenInvalid,
  'session-refused': () => SESSION_REFUSED,
  'identity-unreachable': identityUnreachable,
  'grant-invalid': () => GRANT_INVALID,
  'grant-over': () => GRANT_OVER,
  'body-empty': said(400, 'Empty body', 'The request has no body.'),
  'body-too-large': ({ bodyBytesMax }) => ({
    status: 413,
    title: 'Body too large',
    detail: `A request body may have ${String(bodyBytesMax)} bytes at most.`,
  }),
  'body-encoded': said(415, 'Compressed body', 'Send the body as it is, without Content-Encoding.'),
  'body-type-unsupported': said(
    415,
    'Unsupported content type',
    'Send JSON with "Content-Type: application/json".',
  ),
  'body-not-utf8': ({ reason }) => ({
    status: 400,
    title: 'Not plain UTF-8',
    detail:
      reason === 'bom'
        ? 'The body starts with a byte order mark. Send it without one.'
        : 'The body is not valid UTF-8.',
  }),
  'body-not-json': ({ reason, what }) => ({
    status: 400,
    title: 'Not acceptable JSON',
    detail: `The body is not acceptable JSON: ${reason} (${what}).`,
  }),
  'body-incomplete': said(400, 'Body cut off', 'The body ended before it was complete.'),
  'shape-refused': ({ field, sentence }) => ({
    status: 422,
    title: 'Not offered on this route',
    detail: `${field}: ${sentence}`,
  }),
  'field-unknown': ({ field }) => ({
    status: 422,
    title: 'Unknown field',
    detail:
      `"${field}" is not a field this route takes. A field that could cost money is refused ` +
      'unless it is known.',
  }),
  'model-not-offered': ({ model, offered }) => ({
    status: 403,
    title: 'Model not offered',
    detail: `The model "${model}" is not offered here. Offered: ${offered.join(', ')}.`,
    errorCode: 'model_not_found',
  }),
  'plan-required': planRequired,
  'run-unknown': () => RUN_UNKNOWN,
  'over-budget': overBudget,
  'over-requests': overRequests,
  'over-concurrency': overConcurrency,
  'over-quota': overQuota,
  'conversation-not-continued': ({ reason }) => ({
    status: 403,
    title: 'This conversation cannot be continued',
    detail:
      reason === 'id'
        ? 'You have no conversation of this id here, or it was too long ago. Start a new one.'
        : 'The last assistant message of the request is not an answer that this gateway gave to ' +
          'this caller, word for word and lately, or the conversation has already been continued ' +
          'from it. Start a new one.',
  }),
  'switched-off': switchedOff,
  'too-many-holds': () => ({
    status: 503,
    title: 'Too many calls in progress',
    detail: 'Try again in a second.',
    retryAfterSeconds: 1,
  }),
  'ledger-unreachable': () => ({
    status: 503,
    title: 'Budgets cannot be checked',
    detail: 'Nothing is sent to a provider while budgets cannot be checked. Try again shortly.',
    retryAfterSeconds: 5,
  }),
  'caller-left': said(
    499,
    'The caller left',
    'The connection was closed before the call was forwarded. Nothing was charged.',
  ),
  'origin-unreachable': ({ isApp = false }) => unreachable(isApp),
  'origin-timeout': ({ seconds, isApp = false }) => timedOut(seconds, isApp),
  'origin-refused-us': () => ({
    status: 502,
    title: 'The provider did not accept the gateway',
    detail: 'The model provider refused the gateway itself. Its operator has to look at this.',
    source: 'provider',
  }),
  'tool-call-refused': ({ tool }) => ({
    status: 502,
    title: 'The answer calls a tool in a way that is not allowed',
    detail:
      tool === null
        ? 'It makes more calls of tools than one answer may. It was charged all the same.'
        : `Its input for "${tool}" does not fit that tool. It was charged all the same.`,
    source: 'provider',
  }),
  'admin-disabled': said(
    403,
    'The operator API is off',
    'Set the secret WEIGHBRIDGE_ADMIN_TOKEN to switch it on.',
  ),
  'admin-token-invalid': () => ({
    status: 401,
    title: 'Operator token not accepted',
    detail: 'Send the operator token as "Authorization: Bearer …".',
    headers: { 'WWW-Authenticate': 'Bearer realm="weighbridge-admin"' },
  }),
  'request-invalid': ({ field, sentence }) => ({
    status: field === undefined ? 400 : 422,
    title: 'Not a valid request',
    detail: field === undefined ? sentence : `${field}: ${sentence}`,
  }),
  'not-found': ({ what }) => ({
    status: 404,
    title: 'Not found',
    detail: `There is no such ${what}.`,
  }),
  misconfigured: () => ({
    status: 503,
    title: 'The gateway is not configured',
    detail: 'The operator has to complete its configuration. Nothing was forwarded.',
  }),
  fault: said(
    500,
    'Something went wrong here',
    'This is a fault of the gateway. Nothing more is sent to a provider because of it.',
  ),
};
