/**
 * The tokens a widget has handed out, each good once and for 300 seconds, with what its widget was
 * told. It forgets the oldest first and keeps no more than TOKENS_MAX of them.
 */
import { randomBytes } from 'node:crypto';

/** As Cloudflare documents it: https://developers.cloudflare.com/turnstile/ */
const TOKEN_SECONDS_MAX = 300;
const TOKENS_MAX = 100_000;

export type Widget = {
  readonly sitekey: string;
  readonly action: string;
  readonly cdata: string;
  readonly hostname: string;
};

export type Token = Widget & {
  readonly solvedAtMs: number;
  /** Under which idempotency key it was spent: the same question is answered again. */
  spentUnder: string | null;
  isSpent: boolean;
};

export class TurnstileTokens {
  readonly #tokens = new Map<string, Token>();

  /** `ageSeconds`: as if it had been solved that long ago. */
  mint(widget: Widget, nowMs: number, ageSeconds = 0): string {
    const oldest = this.#tokens.keys().next().value;
    if (this.#tokens.size >= TOKENS_MAX && oldest !== undefined) this.#tokens.delete(oldest);
    const text = `0.${randomBytes(96).toString('base64url')}`;
    const solvedAtMs = nowMs - ageSeconds * 1000;
    this.#tokens.set(text, { ...widget, solvedAtMs, spentUnder: null, isSpent: false });
    return text;
  }

  /** Spends it. `unknown` is not one of ours, `spent` is spent or too old. */
  spend(text: string, idempotencyKey: string | null, nowMs: number): Token | 'unknown' | 'spent' {
    const token = this.#tokens.get(text);
    if (token === undefined) return 'unknown';
    if (nowMs - token.solvedAtMs > TOKEN_SECONDS_MAX * 1000) return 'spent';
    if (token.isSpent && (idempotencyKey === null || idempotencyKey !== token.spentUnder)) {
      return 'spent';
    }
    token.isSpent = true;
    token.spentUnder = idempotencyKey;
    return token;
  }

  forget(): void {
    this.#tokens.clear();
  }
}
