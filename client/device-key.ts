// This device's key: P-256, made here, never extractable, kept in IndexedDB where there is one and
// in memory where there is not. It names the device to one gateway and signs each call. It is not
// an account: losing it costs the caller nothing but its standing.

import type { Bytes } from '../core/bytes.ts';
import { thumbprint } from '../core/proof/thumbprint.ts';
import { keepKeyPair } from './key-pair-store.ts';

export type DeviceKey = {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Bytes;
  /** RFC 7638 thumbprint. */
  readonly jkt: string;
  /** Raw r ‖ s, 64 bytes. */
  sign(message: Bytes): Promise<Bytes>;
};

const KEY = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };

/**
 * `owner`: the gateway's origin, so that two gateways cannot know one device by its key. Loads
 * once; null where the platform has no WebCrypto (a page that is not a secure context).
 */
export function createDeviceKeyLoader(owner: string): () => Promise<DeviceKey | null> {
  let loading: Promise<DeviceKey | null> | null = null;
  return () => (loading ??= loadDeviceKey(owner));
}

async function loadDeviceKey(owner: string): Promise<DeviceKey | null> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) return null;
  const fresh = await subtle.generateKey(KEY, false, ['sign', 'verify']);
  const kept = await keepKeyPair(owner, fresh);
  return (await openKeyPair(subtle, kept)) ?? (await openKeyPair(subtle, fresh));
}

async function openKeyPair(subtle: SubtleCrypto, pair: CryptoKeyPair): Promise<DeviceKey | null> {
  try {
    const publicKey = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
    const jkt = thumbprint(publicKey);
    if (jkt === null) return null;
    return {
      publicKey,
      jkt,
      sign: async (message) =>
        new Uint8Array(await subtle.sign(SIGNATURE, pair.privateKey, message)),
    };
  } catch {
    return null;
  }
}
