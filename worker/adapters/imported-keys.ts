// Public keys as the platform takes them, remembered by name, because importing one costs more than
// checking a signature with it. What cannot be imported is no key.

import { BoundedMap } from '../bounded-map.ts';

/** Of a signature by P-256 (r ‖ s) or by Ed25519. One of another length is not even checked. */
export const SIGNATURE_BYTES = 64;

export class ImportedKeys {
  readonly #keys: BoundedMap<CryptoKey>;

  constructor(keysMax: number) {
    this.#keys = new BoundedMap(keysMax);
  }

  /** `load` imports the key that has this name and no other. */
  async keyOf(name: string, load: () => Promise<CryptoKey>): Promise<CryptoKey | null> {
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    try {
      const key = await load();
      this.#keys.set(name, key);
      return key;
    } catch {
      return null;
    }
  }
}
