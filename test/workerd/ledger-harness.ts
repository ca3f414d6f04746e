// What the tests of the ledger objects share: messages with sensible defaults, a clock they move by
// hand in a year whose alarms are far away, and a look at the rows a turn reads and writes.

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import type { Limit } from '../../core/ledger/account.ts';
import { callKey } from '../../core/ledger/call-key.ts';
import type { ReserveMessage, ResolveMessage } from '../../core/ledger/messages.ts';
import type { LedgerObject } from '../../durable-objects/ledger-object.ts';
import type { LedgerStore } from '../../durable-objects/ledger-store.ts';

/** The real alarm clock stands in another century: an alarm runs when a test runs it. */
export const NOON_MS = Date.UTC(2100, 0, 1, 12);
export const LEASE_MS = 4_000;
export const MONEY: Limit = { window: 'day', unit: 'nanoUsd', cap: 1_000 };

export type Stub = DurableObjectStub<LedgerObject<unknown>>;

export function setClock(timeMs: number): void {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(timeMs);
}

export const advance = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms);
};

let names = 0;
/** A principal nobody else uses. */
export function freshPrincipal(): string {
  names += 1;
  return `key:test${String(names).padStart(8, '0')}`;
}

/** Made anew for every use: after a reset of the object the old one is dead. */
export const ledgerOf = (principal: string): Stub => env.PRINCIPAL_LEDGER.getByName(principal);
export const shardNamed = (name: string): Stub => env.EDGE_SHARD.getByName(name);

let nonces = 0;
export function freshKey(timeMs = Date.now()): string {
  nonces += 1;
  const nonce = new Uint8Array(16);
  new DataView(nonce.buffer).setUint32(12, nonces);
  return callKey(timeMs, nonce);
}

type Ask = Partial<Omit<ReserveMessage, 'accounts'>> & { readonly limits?: readonly Limit[] };

/** A call that wants 100 and leaves nothing to haggle about. */
export function ask(principals: string | readonly string[], given: Ask = {}): ReserveMessage {
  const { limits = [MONEY], ...rest } = given;
  const amount = given.amountNanoUsd ?? 100;
  return {
    key: freshKey(),
    attempt: 'attempt1',
    amountNanoUsd: amount,
    amountNanoUsdMin: amount,
    meteredNanoUsd: 1,
    producibleNanoUsdPerSecond: 5,
    leaseMs: LEASE_MS,
    accounts: [principals].flat().map((principal) => ({ principal, limits })),
    nonceExpiresAtMs: null,
    apiKeyHash: null,
    ...rest,
  };
}

type Named = { readonly key: string; readonly attempt: string };

export const settling = ({ key, attempt }: Named, nanoUsd: number): ResolveMessage => ({
  key,
  attempt,
  act: { kind: 'settle', nanoUsd, estimated: false },
  record: null,
});

export const releasing = ({ key, attempt }: Named): ResolveMessage => ({
  key,
  attempt,
  act: { kind: 'release' },
  record: null,
});

export const renewing = ({ key, attempt }: Named, meteredNanoUsd: number): ResolveMessage => ({
  key,
  attempt,
  act: { kind: 'renew', meteredNanoUsd, leaseMs: LEASE_MS },
  record: null,
});

/** Says one thing to a ledger and gives its one answer. */
export async function tell(stub: Stub, message: ResolveMessage): Promise<string | undefined> {
  const [reply] = await stub.resolve([message]);
  return reply?.status;
}

/** Where a principal's money stands. Looking at it also charges what is overdue. */
export async function money(
  stub: Stub,
  principal: string,
  limits: readonly Limit[] = [MONEY],
): Promise<{ used: number; held: number; open: number }> {
  const view = await stub.view(principal, limits);
  const [counter] = view.counters;
  return { used: counter?.used ?? -1, held: counter?.held ?? -1, open: view.holds.length };
}

/** The object's own store; tests look into it and spoil it, nobody else does. */
export const storeOf = (instance: object): LedgerStore =>
  Reflect.get(instance, 'store') as LedgerStore;

export type Rows = { readonly read: number; readonly written: number };

/** Rows that a turn of the object reads and writes, by the database's own count. */
export function countRows(
  stub: Stub,
  turn: (instance: LedgerObject<unknown>) => Promise<unknown>,
): Promise<Rows> {
  return runInDurableObject<LedgerObject<unknown>, Rows>(stub, async (instance, state) => {
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
    const restore = interceptSql(state, (run) => {
      const cursor = run();
      cursors.push(cursor);
      return cursor;
    });
    try {
      await turn(instance);
    } finally {
      restore();
    }
    const sum = (of: 'rowsRead' | 'rowsWritten'): number =>
      cursors.reduce((total, cursor) => total + cursor[of], 0);
    return { read: sum('rowsRead'), written: sum('rowsWritten') };
  });
}

type Run = () => SqlStorageCursor<Record<string, SqlStorageValue>>;

/** Puts a hand on every statement of every object until the returned function is called. */
export function interceptSql(
  state: DurableObjectState,
  hand: (run: Run, statement: string) => ReturnType<Run>,
): () => void {
  const prototype = Object.getPrototypeOf(state.storage.sql) as SqlStorage;
  const original = Reflect.get(prototype, 'exec') as SqlStorage['exec'];
  prototype.exec = function exec(this: SqlStorage, query: string, ...bindings: unknown[]) {
    return hand(() => original.call(this, query, ...bindings) as ReturnType<Run>, query);
  } as SqlStorage['exec'];
  return () => {
    prototype.exec = original;
  };
}

/** What is in the table, whatever the object remembers. */
export function heldRows(stub: Stub): Promise<{ rows: number; held: number }> {
  return runInDurableObject(stub, (_instance, state) => {
    const { rows, held } = state.storage.sql
      .exec<{ rows: number; held: number }>(
        `SELECT count(*) AS rows, coalesce(sum(status = 'held'), 0) AS held FROM hold`,
      )
      .one();
    return { rows, held };
  });
}
