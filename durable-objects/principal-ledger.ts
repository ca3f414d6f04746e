// The ledger of one principal whose name we issued (`key:…`, later `user:…`). For a key it also
// keeps the key's hash, so that checking a key costs no hop of its own and revoking it is
// immediate.

import { isUseDue, refuseKey, rotated, used } from '../core/ledger/key-record.ts';
import type {
  ApiKeyRecord,
  KeyLedgerPort,
  KeySecret,
  ReserveMessage,
  ReserveReply,
} from '../core/ledger/messages.ts';
import { type LedgerBindings, LedgerObject } from './ledger-object.ts';

const API_KEY = 'api-key';

export class PrincipalLedger<Env extends LedgerBindings = LedgerBindings>
  extends LedgerObject<Env>
  implements KeyLedgerPort
{
  /** As it is stored; of the last use it may say less than is known. */
  #stored: ApiKeyRecord | null | undefined;
  #apiKey: ApiKeyRecord | null = null;

  #key(): ApiKeyRecord | null {
    if (this.#stored === undefined) {
      const stored = this.ledger.store.getMeta(API_KEY);
      this.#stored = stored === null ? null : (JSON.parse(stored) as ApiKeyRecord);
      this.#apiKey = this.#stored;
    }
    return this.#apiKey;
  }

  #put(record: ApiKeyRecord): void {
    this.ledger.store.putMeta(API_KEY, JSON.stringify(record));
    this.#stored = record;
    this.#apiKey = record;
  }

  async putKey(record: ApiKeyRecord): Promise<void> {
    this.#put(record);
  }

  async keyRecord(): Promise<ApiKeyRecord | null> {
    const key = this.#key();
    if (key === null || key.usedAtMs !== undefined) return key;
    // Of a key from before its use was noted the account knows when something was last held in it.
    const { clockMs } = this.ledger.store.account(`key:${key.id}`);
    return { ...key, usedAtMs: clockMs === 0 ? null : clockMs };
  }

  /** False if there was no such key. */
  async revokeKey(atMs: number): Promise<boolean> {
    const key = this.#key();
    if (key === null) return false;
    if (key.revokedAtMs === null) this.#put({ ...key, revokedAtMs: atMs });
    return true;
  }

  async rotateKey(next: KeySecret, graceMs: number): Promise<ApiKeyRecord | null> {
    const key = this.#key();
    if (key !== null && key.revokedAtMs === null) {
      this.#put(rotated(key, next, graceMs, Date.now()));
    }
    return this.#apiKey;
  }

  /** A key that was revoked is worth nothing any more, also to the calls it is in the middle of. */
  protected override stops(): boolean {
    return (this.#key()?.revokedAtMs ?? null) !== null;
  }

  protected override refuse(message: ReserveMessage, nowMs: number): ReserveReply | null {
    const { apiKeyHash: hash, routeId } = message;
    if (hash === null) return null;
    const key = this.#key();
    const status = refuseKey(key, hash, routeId, nowMs);
    if (status !== null) return { status };
    if (key !== null) this.#noteUse(used(key, hash, nowMs));
    return null;
  }

  #noteUse(key: ApiKeyRecord): void {
    this.#apiKey = key;
    if (this.#stored && isUseDue(this.#stored, key)) this.#put(key);
  }
}
