// Checks the signature of a device key. Imported keys are remembered: a device comes back.

import type { Bytes } from '../../core/bytes.ts';
import { ImportedKeys, SIGNATURE_BYTES } from './imported-keys.ts';

const KEYS_CACHED_MAX = 1_024;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export class DeviceKeys {
  readonly #keys = new ImportedKeys(KEYS_CACHED_MAX);

  /** `point` has the thumbprint `jkt`. Null if it is not on the curve. */
  keyOf(jkt: string, point: Bytes): Promise<CryptoKey | null> {
    return this.#keys.keyOf(jkt, () =>
      crypto.subtle.importKey('raw', point, ALGORITHM, false, ['verify']),
    );
  }

  /** `point` has the thumbprint `jkt`. */
  async verify(jkt: string, point: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
    if (signature.length !== SIGNATURE_BYTES) return false;
    const key = await this.keyOf(jkt, point);
    if (key === null) return false;
    return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, message);
  }
}
