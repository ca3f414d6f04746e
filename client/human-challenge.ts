// A challenge that asks for a human: who asks, and under which action. It asks nobody itself.

/** Public facts the gateway sends beside a challenge. */
export type HumanParameters = { readonly siteKey: string; readonly action: string };

export type HumanChallenge = {
  readonly siteKey: string;
  readonly action: string;
  /** `cData` of Turnstile: base64url(SHA-256(challenge)). */
  readonly cData: string;
  /** No answer counts after so long. */
  readonly secondsMax: number;
  readonly signal: AbortSignal | null;
};

/** Resolves to the token that proves it, or rejects. */
export type SolveHuman = (challenge: HumanChallenge) => Promise<string>;

const FIELD_CHARS_MAX = 256;
const TOKEN_CHARS_MAX = 2_048;
const SITE_KEY = /human-site-key="([^"]*)"/;
const ACTION = /human-action="([^"]*)"/;

/** From `human` of the challenge endpoint's answer. */
export function humanParametersOf(answer: unknown): HumanParameters | null {
  if (typeof answer !== 'object' || answer === null || !('human' in answer)) return null;
  const { siteKey, action } = Object(answer.human) as { siteKey: unknown; action: unknown };
  return typeof siteKey === 'string' && typeof action === 'string' ? within(siteKey, action) : null;
}

/** From `WWW-Authenticate: Proof challenge="…", human-site-key="…", human-action="…"`. */
export function humanParametersIn(headers: Headers): HumanParameters | null {
  const text = headers.get('WWW-Authenticate') ?? '';
  const siteKey = SITE_KEY.exec(text)?.[1];
  const action = ACTION.exec(text)?.[1];
  return siteKey === undefined || action === undefined ? null : within(siteKey, action);
}

const within = (siteKey: string, action: string): HumanParameters | null =>
  siteKey !== '' && siteKey.length <= FIELD_CHARS_MAX && action.length <= FIELD_CHARS_MAX
    ? { siteKey, action }
    : null;

/** Fits into a header as it is? */
export const isToken = (text: unknown): text is string =>
  typeof text === 'string' && text.length <= TOKEN_CHARS_MAX && /^[A-Za-z0-9._~+/=-]+$/.test(text);
