/**
 * Which beginnings of prompts Anthropic's cache holds: what a call reads from it and writes to it,
 * by its breakpoints. No minimum length and no expiry, unlike the real one: a test should not have
 * to send 1,024 tokens or wait five minutes. It remembers at most PREFIXES_MAX beginnings.
 */
import { createHash } from 'node:crypto';

export class PromptCache {
  readonly #prefixes = new Set<string>();

  /** Looks the blocks up, and stores every beginning that ends in a breakpoint. */
  take(blocks: readonly PromptBlock[]): CacheUse {
    const hash = createHash('sha256');
    const use = { cachedTokens: 0, writtenTokens: 0, writtenHourTokens: 0 };
    let seenTokens = 0;
    let coveredTokens = 0;
    const fresh: string[] = [];
    for (const { text, tokens, lifetime } of blocks) {
      hash.update(text).update('\0');
      seenTokens += tokens;
      const prefix = hash.copy().digest('base64');
      if (this.#prefixes.has(prefix)) {
        // What an earlier breakpoint of this call would have written is there already.
        use.cachedTokens = seenTokens;
        use.writtenTokens = 0;
        use.writtenHourTokens = 0;
        coveredTokens = seenTokens;
      } else if (lifetime !== undefined) {
        const name = lifetime === '1h' ? 'writtenHourTokens' : 'writtenTokens';
        use[name] += seenTokens - coveredTokens;
        coveredTokens = seenTokens;
      }
      if (lifetime !== undefined) fresh.push(prefix);
    }
    for (const prefix of fresh) this.#remember(prefix);
    return use;
  }

  forget(): void {
    this.#prefixes.clear();
  }

  #remember(prefix: string): void {
    const oldest = this.#prefixes.values().next().value;
    if (this.#prefixes.size >= PREFIXES_MAX && oldest !== undefined) this.#prefixes.delete(oldest);
    this.#prefixes.add(prefix);
  }
}

const PREFIXES_MAX = 10_000;

export type PromptBlock = {
  readonly text: string;
  readonly tokens: number;
  /** Undefined where there is no breakpoint. */
  readonly lifetime: '5m' | '1h' | undefined;
};

export type CacheUse = {
  readonly cachedTokens: number;
  readonly writtenTokens: number;
  readonly writtenHourTokens: number;
};
