// Reads API keys and remembers the good ones, because the same few servers call all day. What is
// remembered is that a key is genuine, never that it is still valid: the clock and the ledger say
// that. What a ledger refused last is remembered too, for when it falls silent.

import { readApiKey } from '../../core/api-key.ts';
import type { Bytes } from '../../core/bytes.ts';
import type { ApiKey } from '../../core/call.ts';
import type { Denial } from '../../core/denial.ts';
import { BoundedMap } from '../bounded-map.ts';

const KEYS_CACHED_MAX = 1_024;
const REFUSED_MAX = 4_096;

export class ApiKeys {
  readonly #secret: Bytes;
  readonly #genuine = new BoundedMap<ApiKey>(KEYS_CACHED_MAX);
  /** Ids of keys to which their own ledger said no, and hashes of secrets that it did not know. */
  readonly #refused = new BoundedMap<true>(REFUSED_MAX);

  constructor(secret: Bytes) {
    this.#secret = secret;
  }

  read(text: string): ApiKey | null {
    const known = this.#genuine.get(text);
    if (known !== undefined) return known;
    const apiKey = readApiKey(text, this.#secret);
    if (apiKey !== null) this.#genuine.set(text, apiKey);
    return apiKey;
  }

  /**
   * What the key's own ledger said last, null where the call is held. A secret that it does not
   * know any more says nothing of the one that came after it.
   */
  heard({ id, hash }: ApiKey, denial: Denial | null): void {
    const isSecret = denial?.kind === 'api-key-invalid' && denial.reason === 'unknown';
    const about = isSecret ? hash : id;
    this.#refused.delete(about);
    if (denial === null) this.#refused.delete(hash);
    else this.#refused.set(about, true);
  }

  wasRefused({ id, hash }: ApiKey): boolean {
    return this.#refused.has(id) || this.#refused.has(hash);
  }
}
