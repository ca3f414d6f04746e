// Checks the signature of a device key. Imported keys are remembered, because importing costs more
// than checking and a device comes back.

import { present } from '../../core/result.ts';

const KEYS_CACHED_MAX = 1_024;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export class DeviceKeys {
  readonly #cached = new Map<string, CryptoKey>();

  async #import(jkt: string, point: Uint8Array<ArrayBuffer>): Promise<CryptoKey | null> {
    const cached = this.#cached.get(jkt);
    if (cached !== undefined) return cached;
    let key: CryptoKey;
    try {
      key = await crypto.subtle.importKey('raw', point, ALGORITHM, false, ['verify']);
    } catch {
      return null;
    }
    if (this.#cached.size >= KEYS_CACHED_MAX) {
      this.#cached.delete(present(this.#cached.keys().next().value, 'oldest key'));
    }
    this.#cached.set(jkt, key);
    return key;
  }

  /** `point` has the thumbprint `jkt`; `signature` is r ‖ s, 64 bytes. */
  async verify(
    jkt: string,
    point: Uint8Array<ArrayBuffer>,
    signature: Uint8Array<ArrayBuffer>,
    message: Uint8Array<ArrayBuffer>,
  ): Promise<boolean> {
    if (signature.length !== 64) return false;
    const key = await this.#import(jkt, point);
    if (key === null) return false;
    return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, message);
  }
}
