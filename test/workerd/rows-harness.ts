// A look behind an object's messages: the rows a turn reads and writes, a hand on every statement,
// and the memory that a test may spoil.

import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import type { Batch } from '../../core/ledger/messages.ts';
import type { LedgerStore } from '../../durable-objects/ledger-store.ts';
import { batchOf, type LedgerInstance, ledgerOf, nameOf } from './ledger-harness.ts';
import { shardNamed, type Stub } from './ledger-harness.ts';

export const inObject = <Value>(
  stub: Stub,
  work: (instance: LedgerInstance, state: DurableObjectState) => Value | Promise<Value>,
): Promise<Value> => runInDurableObject<LedgerInstance, Value>(stub, work);

/** The object's own store; tests look into it and spoil it, nobody else does. */
export const storeOf = (instance: object): LedgerStore =>
  (Reflect.get(instance, 'ledger') as { readonly store: LedgerStore }).store;

export type Rows = { readonly read: number; readonly written: number };

/** Rows that a turn of the object reads and writes, by the database's own count. */
export function countRows(
  stub: Stub,
  turn: (instance: LedgerInstance) => Promise<unknown>,
): Promise<Rows> {
  return inObject(stub, async (instance, state) => {
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

/** Rows of one message. */
export const rowsOf = (stub: Stub, part: Partial<Batch>): Promise<Rows> =>
  countRows(stub, (instance) => instance.apply(batchOf(nameOf(stub), part)));

type Run = () => SqlStorageCursor<Record<string, SqlStorageValue>>;

/** Puts a hand on every statement of this object until the returned function is called. */
export function interceptSql(
  state: DurableObjectState,
  hand: (run: Run, statement: string) => ReturnType<Run>,
): () => void {
  const mine = state.storage.sql;
  const prototype = Object.getPrototypeOf(mine) as SqlStorage;
  const original = Reflect.get(prototype, 'exec') as SqlStorage['exec'];
  prototype.exec = function exec(this: SqlStorage, query: string, ...bindings: unknown[]) {
    const run = () => original.call(this, query, ...bindings) as ReturnType<Run>;
    return this === mine ? hand(run, query) : run();
  } as SqlStorage['exec'];
  return () => {
    prototype.exec = original;
  };
}

/**
 * Runs a turn whose k-th statement is followed by an exception. `done` if it has fewer; the object
 * has lost its memory otherwise, as after any abort.
 */
export async function failAfter(
  stub: Stub,
  failing: number,
  turn: (instance: LedgerInstance) => Promise<unknown>,
): Promise<'failed' | 'done'> {
  let statements = 0;
  let restore = (): void => undefined;
  const run = inObject(stub, async (instance, state) => {
    restore = interceptSql(state, (execute) => {
      statements += 1;
      const cursor = execute();
      if (statements === failing) throw new Error('the disk is on fire');
      return cursor;
    });
    await turn(instance);
  });
  const outcome = await run.then(
    () => 'done' as const,
    () => 'failed' as const,
  );
  restore();
  return outcome;
}

/** What is in the table, whatever the object remembers. */
export function heldRows(stub: Stub): Promise<{ rows: number; held: number }> {
  return inObject(stub, (_instance, state) => {
    const { rows, held } = state.storage.sql
      .exec<{ rows: number; held: number }>(
        `SELECT count(*) AS rows, coalesce(sum(status = 'held'), 0) AS held FROM hold`,
      )
      .one();
    return { rows, held };
  });
}

/** The object loses its memory, as an idle one does, or with a crash in the middle of nothing. */
export const forget = (name: string): Promise<void> =>
  evictDurableObject(name.startsWith('edge:') ? shardNamed(name) : ledgerOf(name));

export async function crash(name: string): Promise<void> {
  const stub = name.startsWith('edge:') ? shardNamed(name) : ledgerOf(name);
  await inObject(stub, (_instance, state) => {
    state.abort('the machine is gone');
  }).catch(() => undefined);
}
