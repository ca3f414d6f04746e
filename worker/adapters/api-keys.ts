// Reads API keys and remembers the good ones, because the same few servers call all day. What is
// remembered is that a key is genuine, never that it is still valid: that is the ledger's to say.

import { readApiKey } from '../../core/api-key.ts';
import type { Bytes } from '../../core/bytes.ts';
import type { ApiKey } from '../../core/call.ts';
import { present } from '../../core/result.ts';

const KEYS_CACHED_MAX = 1_024;

export class ApiKeys {
  readonly #secret: Bytes;
  readonly #genuine = new Map<string, ApiKey>();

  constructor(secret: Bytes) {
    this.#secret = secret;
  }

  read(text: string): ApiKey | null {
    const known = this.#genuine.get(text);
    if (known !== undefined) return known;
    const apiKey = readApiKey(text, this.#secret);
    if (apiKey === null) return null;
    if (this.#genuine.size >= KEYS_CACHED_MAX) {
      this.#genuine.delete(present(this.#genuine.keys().next().value, 'oldest key'));
    }
    this.#genuine.set(text, apiKey);
    return apiKey;
  }
}
