// A database as the first schema left it: the rows that version wrote for one key and the address
// it was used from, copied from a run of it. Two calls are on hold, one of them named minutes ago.

import { MIGRATIONS } from '../../durable-objects/schema.ts';
import type { Sql } from '../../durable-objects/world.ts';

/** The last thing that happened there, and what was true then. */
export const FIRST_NOW_MS = Date.UTC(2100, 0, 1, 12) + 5_600;
export const FIRST_KEY = 'key:1k97xotwas4n';
export const FIRST_IP = 'ip:203.0.113.7';
export const FIRST_HASH = 'a'.repeat(64);
export const FIRST_USED = 10_055;
export const FIRST_HELD = 40_000;

export const FIRST_CALLS = {
  openOld: '014piby_AAAAAAAAAAAAAAAAAAAACA',
  settled: '014pic0_AAAAAAAAAAAAAAAAAAAAAQ',
  released: '014pic0_AAAAAAAAAAAAAAAAAAAAAg',
  expired: '014pic0_AAAAAAAAAAAAAAAAAAAAAw',
  refused: '014pic0_AAAAAAAAAAAAAAAAAAAABA',
  tombstone: '014pic0_AAAAAAAAAAAAAAAAAAAABQ',
  proven: '014pic0_AAAAAAAAAAAAAAAAAAAABg',
  open: '014pic0_AAAAAAAAAAAAAAAAAAAABw',
} as const;

const WINDOWS = [
  { name: 'nanoUsd-day', windowId: 47482 },
  { name: 'nanoUsd-month', windowId: 25200 },
  { name: 'requests-day', windowId: 47482 },
  { name: 'concurrentCalls-now', windowId: 0 },
] as const;

const account = (caps: Readonly<Record<string, number>>) => ({
  clockMs: 4102488004000,
  cells: {
    'nanoUsd-day': [{ windowId: 47482, used: 10055, held: 40000 }],
    'nanoUsd-month': [{ windowId: 25200, used: 10055, held: 40000 }],
    'requests-day': [{ windowId: 47482, used: 3, held: 2 }],
    'concurrentCalls-now': [{ windowId: 0, used: 0, held: 2 }],
  },
  caps,
});

const empty = (key: string, status: string) => ({
  key,
  attempt: 'attempt1',
  status,
  principals: [],
  windows: [],
  amountNanoUsd: 0,
  askedNanoUsd: 0,
  meteredNanoUsd: 0,
  producibleNanoUsdPerSecond: 0,
  renewedAtMs: 0,
  leaseEndsAtMs: 0,
  chargedNanoUsd: 0,
  estimated: false,
});

const hold = (key: string, status: string, renewedAtMs: number, more: object = {}) => ({
  ...empty(key, status),
  principals: [FIRST_KEY, FIRST_IP],
  windows: WINDOWS,
  amountNanoUsd: 20000,
  askedNanoUsd: 20000,
  meteredNanoUsd: 500,
  producibleNanoUsdPerSecond: 1000,
  renewedAtMs,
  leaseEndsAtMs: renewedAtMs + 4000,
  ...more,
});

export const FIRST_RECORD = `{"requestId":"${FIRST_CALLS.settled}","decision":"allow"}`;

const HOLDS = [
  hold(FIRST_CALLS.openOld, 'held', 4102488005600, { meteredNanoUsd: 7000 }),
  hold(FIRST_CALLS.settled, 'settled', 4102488000000, { chargedNanoUsd: 1234 }),
  hold(FIRST_CALLS.released, 'released', 4102488000000),
  hold(FIRST_CALLS.expired, 'expired', 4102488000000, { chargedNanoUsd: 4500, estimated: true }),
  empty(FIRST_CALLS.refused, 'refused'),
  empty(FIRST_CALLS.tombstone, 'released'),
  hold(FIRST_CALLS.proven, 'settled', 4102488004000, { chargedNanoUsd: 4321 }),
  hold(FIRST_CALLS.open, 'held', 4102488004000),
] as const;

const API_KEY = {
  id: '1k97xotwas4n',
  name: 'my-server',
  plan: 'default',
  hash: FIRST_HASH,
  createdAtMs: 4102488000000,
  revokedAtMs: null,
};

const TABLES = ['hold', 'side'] as const;

/** Takes a fresh database back to a version of the schema, without a row. */
export function unmake(sql: Sql, version: number): void {
  for (const table of TABLES) sql.exec(`DROP TABLE ${table}`);
  for (const step of MIGRATIONS.slice(0, version)) sql.exec(step);
}

/** Makes a fresh database what the first schema would have left behind. */
export function makeFirst(sql: Sql): void {
  unmake(sql, 1);
  for (const [principal, caps] of [
    [FIRST_IP, {}],
    [FIRST_KEY, { 'nanoUsd-day': 400000 }],
  ] as const) {
    const body = JSON.stringify(account(caps));
    sql.exec('INSERT INTO account (principal, body) VALUES (?, ?)', principal, body);
  }
  for (const one of HOLDS) {
    sql.exec(
      'INSERT INTO hold (key, status, body, record) VALUES (?, ?, ?, ?)',
      one.key,
      one.status,
      JSON.stringify(one),
      one.key === FIRST_CALLS.settled ? FIRST_RECORD : null,
    );
  }
  const put = (name: string, value: string): unknown =>
    sql.exec('INSERT INTO meta (name, value) VALUES (?, ?)', name, value);
  put('api-key', JSON.stringify(API_KEY));
  put('open-from', FIRST_CALLS.openOld);
}
