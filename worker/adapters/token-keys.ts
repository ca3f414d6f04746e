// The keys that sign users' tokens, from the policy or from where their provider publishes them.
// Published keys are remembered; a token that names an unknown one makes us look again, but not
// often, because whoever can write JSON can name a key. While the provider cannot be reached the
// last good keys count for a named time, and after that nobody is believed.

import { createLocalJWKSet } from 'jose/jwks/local';
import type { JWTVerifyGetKey } from 'jose/jwt/verify';
import type { JwtIdentity, KeysUrl } from '../../core/policy/identity.ts';
import { readKeyList, type TokenKey, TOKEN_KEYS_MAX } from '../../core/policy/jwk-schema.ts';
import { logEvent } from '../observe/log.ts';
import { ANSWER_MS_MAX, askJson } from './ask-json.ts';
import { elsewhere } from './elsewhere.ts';

const LIST_BYTES_MAX = 65_536;
/** Between two looks for keys that nobody has published. */
export const SEEK_MS = 30_000;
/** After a failure. */
export const RETRY_MS = 5_000;
const NO_SUCH_KEY = 'ERR_JWKS_NO_MATCHING_KEY';

/** No key has been heard for too long. */
export class KeysUnreachable extends Error {}

type Listed = { readonly key: TokenKey; readonly seenAtMs: number };

const localSet = (keys: readonly TokenKey[]): JWTVerifyGetKey =>
  createLocalJWKSet({ keys: keys.map((key) => ({ ...key })) });

class PublishedKeys {
  readonly #from: KeysUrl;
  readonly #algorithms: readonly string[];
  #listed: readonly Listed[] = [];
  #local = localSet([]);
  #heardAtMs = -Infinity;
  #failedAtMs = -Infinity;
  #soughtAtMs = -Infinity;
  /** Somebody asks; what asks no longer is taken for gone. */
  #askingUntilMs = -Infinity;
  #cause = '';

  constructor(from: KeysUrl, algorithms: readonly string[]) {
    this.#from = from;
    this.#algorithms = algorithms;
  }

  /** The key a token names, by what is known at this time. */
  at(nowMs: number): JWTVerifyGetKey {
    return async (header, token) => {
      await this.#freshen(nowMs);
      try {
        return await this.#local(header, token);
      } catch (cause) {
        if ((cause as { code?: unknown }).code !== NO_SUCH_KEY) throw cause;
        if (!(await this.#seek(nowMs))) throw cause;
        return this.#local(header, token);
      }
    };
  }

  async #freshen(nowMs: number): Promise<void> {
    const { cacheMs, staleMsMax } = this.#from;
    if (nowMs - this.#heardAtMs < cacheMs) return;
    const isStale = (): boolean => nowMs - this.#heardAtMs >= staleMsMax;
    if (nowMs < this.#askingUntilMs) {
      if (isStale()) await this.#untilHeard();
    } else if (nowMs - this.#failedAtMs >= RETRY_MS) {
      await this.#ask(nowMs);
    }
    if (isStale()) throw new KeysUnreachable(this.#cause);
  }

  /** Has anybody looked again? */
  async #seek(nowMs: number): Promise<boolean> {
    if (nowMs < this.#askingUntilMs) {
      await this.#untilHeard();
      return true;
    }
    if (nowMs - this.#soughtAtMs < SEEK_MS) return false;
    this.#soughtAtMs = nowMs;
    return this.#ask(nowMs);
  }

  #untilHeard(): Promise<void> {
    return elsewhere(() => this.#askingUntilMs === -Infinity, ANSWER_MS_MAX);
  }

  async #ask(nowMs: number): Promise<boolean> {
    this.#askingUntilMs = nowMs + ANSWER_MS_MAX;
    const answer = await askJson(this.#from.url, LIST_BYTES_MAX);
    this.#askingUntilMs = -Infinity;
    const list = answer.ok ? readKeyList(answer.value, this.#algorithms) : answer;
    if (!list.ok) {
      this.#failedAtMs = nowMs;
      this.#cause = list.error;
      logEvent('identity-unreachable', { url: this.#from.url, cause: list.error });
      return false;
    }
    const { keys, isLeaked } = list.value;
    if (isLeaked) logEvent('identity-key-leaked', { url: this.#from.url });
    // A token signed a moment ago by the key before is good as long as that was to be believed.
    const before = isLeaked
      ? []
      : this.#listed.filter(
          ({ key, seenAtMs }) =>
            nowMs - seenAtMs < this.#from.cacheMs && !keys.some(({ kid }) => kid === key['kid']),
        );
    this.#listed = [...keys.map((key) => ({ key, seenAtMs: nowMs })), ...before].slice(
      0,
      2 * TOKEN_KEYS_MAX,
    );
    this.#local = localSet(this.#listed.map(({ key }) => key));
    this.#heardAtMs = nowMs;
    this.#failedAtMs = -Infinity;
    return true;
  }
}

/** How to find a token's key at a time. */
export function tokenKeys({ keys, algorithms }: JwtIdentity): (nowMs: number) => JWTVerifyGetKey {
  if ('url' in keys) {
    const published = new PublishedKeys(keys, algorithms);
    return (nowMs) => published.at(nowMs);
  }
  const local = localSet(keys);
  return () => local;
}
