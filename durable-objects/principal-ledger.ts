// The ledger of one principal whose name we issued (`key:…`, later `user:…`). For a key it also
// keeps the key's hash, so that checking a key costs no hop of its own and revoking it is
// immediate.

import type {
  ApiKeyRecord,
  KeyLedgerPort,
  ReserveMessage,
  ReserveReply,
} from '../core/ledger/messages.ts';
import { type LedgerBindings, LedgerObject } from './ledger-object.ts';

const API_KEY = 'api-key';

export class PrincipalLedger<Env extends LedgerBindings = LedgerBindings>
  extends LedgerObject<Env>
  implements KeyLedgerPort
{
  #apiKey: ApiKeyRecord | null | undefined;

  #key(): ApiKeyRecord | null {
    if (this.#apiKey === undefined) {
      const stored = this.ledger.store.getMeta(API_KEY);
      this.#apiKey = stored === null ? null : (JSON.parse(stored) as ApiKeyRecord);
    }
    return this.#apiKey;
  }

  async putKey(record: ApiKeyRecord): Promise<void> {
    this.ledger.store.putMeta(API_KEY, JSON.stringify(record));
    this.#apiKey = record;
  }

  async keyRecord(): Promise<ApiKeyRecord | null> {
    return this.#key();
  }

  /** False if there was no such key. */
  async revokeKey(atMs: number): Promise<boolean> {
    const key = this.#key();
    if (key === null) return false;
    if (key.revokedAtMs === null) await this.putKey({ ...key, revokedAtMs: atMs });
    return true;
  }

  /** A key that was revoked is worth nothing any more, also to the calls it is in the middle of. */
  protected override stops(): boolean {
    return (this.#key()?.revokedAtMs ?? null) !== null;
  }

  protected override refuse(message: ReserveMessage): ReserveReply | null {
    if (message.apiKeyHash === null) return null;
    const key = this.#key();
    if (key === null || key.hash !== message.apiKeyHash) return { status: 'key-unknown' };
    return key.revokedAtMs === null ? null : { status: 'key-revoked' };
  }
}
