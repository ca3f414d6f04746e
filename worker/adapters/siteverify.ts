// Asks Cloudflare, or the local stand-in for it, what a Turnstile token is worth. It tells what was
// answered and judges nothing; whatever is not a verdict in time is no verdict. The secret goes
// into the body and nowhere else.

import * as z from 'zod';
import type { SiteVerdict } from '../../core/proof/human-token.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { readBody } from './read-bounded.ts';

export const SITEVERIFY_URL = 'https://challenges.cloudflare.com/turnstile/v0/siteverify';
/** A caller is waiting, and its money is on hold. */
const SITEVERIFY_MS_MAX = 1_500;
/** A verdict is a few hundred bytes. */
const VERDICT_BYTES_MAX = 16_384;
/**
 * The one code that says nothing of the token. Of the others none may count as an outage: a token
 * of rubbish must not be able to make one.
 */
const INTERNAL_ERROR = 'internal-error';

/** Who answers so has understood that it is about our question, and a token is a part of that. */
const isOurFault = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 408 && status !== 429;

/**
 * https://developers.cloudflare.com/turnstile/get-started/server-side-validation
 * A caller tells the widget its action and data. So what is strange in them is compared as empty,
 * and is no reason to say that there was no verdict.
 */
const said = z.string().catch('');
const verdict = z.object({
  success: z.boolean(),
  'error-codes': z.array(z.string()).catch([]),
  hostname: said,
  action: said,
  cdata: said,
});
const ERROR_CODES_MAX = 16;
const ERROR_CODE_CHARS_MAX = 64;

export type SiteQuestion = {
  readonly token: string;
  /** The same question asked twice is one question. A UUID. */
  readonly idempotencyKey: string;
  /** The caller's address, where it is known. */
  readonly remoteIp: string | null;
};

/** A verdict, or in a word why there is none. */
export type AskSite = (question: SiteQuestion) => Promise<Result<SiteVerdict, string>>;

export type Turnstile = {
  readonly ask: AskSite;
  /** The widget's script where it is not Cloudflare's own. */
  readonly scriptUrl: string | null;
};

const refusal = (errorCode: string): SiteVerdict => ({
  isSuccess: false,
  errorCodes: [errorCode],
  hostname: '',
  action: '',
  cdata: '',
});

function read(bytes: Uint8Array): Result<SiteVerdict, string> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return err('not-json');
  }
  const parsed = verdict.safeParse(json);
  if (!parsed.success) return err('not-a-verdict');
  const { success, hostname, action, cdata } = parsed.data;
  const errorCodes = parsed.data['error-codes']
    .slice(0, ERROR_CODES_MAX)
    .map((code) => code.slice(0, ERROR_CODE_CHARS_MAX));
  if (!success && errorCodes.includes(INTERNAL_ERROR)) return err(INTERNAL_ERROR);
  return ok({ isSuccess: success, errorCodes, hostname, action, cdata });
}

/** `send`: the platform's `fetch`, or what a test puts in its place. */
export function siteverify(
  url: string,
  secret: string,
  send: (url: string, init: RequestInit) => Promise<Response> = (to, init) => fetch(to, init),
): AskSite {
  return async ({ token, idempotencyKey, remoteIp }) => {
    const form = new URLSearchParams({ secret, response: token, idempotency_key: idempotencyKey });
    if (remoteIp !== null) form.set('remoteip', remoteIp);
    try {
      const answer = await send(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
        redirect: 'manual',
        signal: AbortSignal.timeout(SITEVERIFY_MS_MAX),
      });
      if (answer.status !== 200) {
        await answer.body?.cancel();
        const status = `status ${String(answer.status)}`;
        return isOurFault(answer.status) ? ok(refusal(status)) : err(status);
      }
      const body = await readBody(answer, VERDICT_BYTES_MAX);
      return body.kind === 'whole' ? read(body.bytes) : err(body.kind);
    } catch (cause) {
      return err((cause as Error).name);
    }
  };
}
