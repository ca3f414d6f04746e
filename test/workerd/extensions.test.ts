// More for a call that is running: all of it or nothing, from the windows of now, once. Every
// answer an extension can get, in the order in which they are decided.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Limit } from '../../core/ledger/account.ts';
import { TAKEN_MAX } from '../../core/ledger/ledger.ts';
import type { ReserveMessage } from '../../core/ledger/messages.ts';
import { EXTEND_STATUSES } from '../../core/ledger/status.ts';
import type { Amounts } from '../../core/ledger/unit.ts';
import {
  advance,
  ask,
  extend,
  extending,
  freshPrincipal,
  LAYOUT,
  LEASE_MS,
} from './ledger-harness.ts';
import { ledgerOf, money, NOON_MS, releasing, reserve, setCap } from './ledger-harness.ts';
import { setClock, settling, type Stub, tell } from './ledger-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const LIMITS: readonly Limit[] = [
  { window: 'day', unit: 'nanoUsd', cap: 1_000 },
  { window: 'day', unit: 'requests', cap: 2 },
  { window: 'now', unit: 'concurrentCalls', cap: 3 },
  { window: 'day', unit: 'toolCalls', cap: 4 },
];
const MORE: Amounts = { nanoUsd: 1_001, requests: 3, concurrentCalls: 4, toolCalls: 5 };

/** What was done to a call before its extension, and what that is answered. */
type Case = {
  readonly status: string;
  readonly more: Amounts;
  readonly past?: (stub: Stub, message: ReserveMessage) => Promise<unknown>;
  readonly as?: Partial<ReserveMessage>;
};

const proof = { nonceExpiresAtMs: NOON_MS + 90_000 };
const CASES: readonly Case[] = [
  { status: 'unknown', more: MORE, as: { key: '0000000_AAAAAAAAAAAAAAAAAAAAAA' } },
  { status: 'not-yours', more: MORE, as: { attempt: 'attempt2' }, past: async () => undefined },
  {
    status: 'already-settled',
    more: MORE,
    past: (stub, message) => tell(stub, settling(message, 1)),
  },
  {
    status: 'already-released',
    more: MORE,
    past: (stub, message) => tell(stub, releasing(message)),
  },
  {
    status: 'already-expired',
    more: MORE,
    past: async (stub, message) => {
      advance(LEASE_MS);
      await money(stub, message.accounts[0]?.principal ?? '');
    },
  },
  {
    status: 'moved',
    more: MORE,
    past: (stub, message) =>
      stub.handOver({
        principals: message.accounts.map(({ principal }) => principal),
        to: 'edge:2:0',
        self: stub.name ?? '',
        layout: LAYOUT,
      }),
  },
  { status: 'over-requests', more: MORE },
  { status: 'over-budget', more: { ...MORE, requests: 2 } },
  { status: 'over-concurrency', more: { ...MORE, requests: 2, nanoUsd: 900 } },
  { status: 'over-quota', more: { toolCalls: 5 } },
  { status: 'extended', more: { toolCalls: 4, nanoUsd: 1_000, requests: 2 } },
];

describe('an extension', () => {
  it.each(CASES)('is answered $status', async ({ status, more, past, as = {} }) => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal, { limits: LIMITS, ...proof });
    await reserve(ledger, message);
    await past?.(ledger, message);
    expect(await extend(ledger, extending({ ...message, ...as }, more))).toBe(status);
    if (!status.startsWith('over-')) return;
    expect(await money(ledger, principal)).toMatchObject({ used: 0, held: 100 });
  });

  it('of a spent nonce without money is answered already-refused', async () => {
    const principal = freshPrincipal();
    const dear = ask(principal, { nanoUsd: 5_000, ...proof });
    await reserve(ledgerOf(principal), dear);
    expect(await extend(ledgerOf(principal), extending(dear, MORE))).toBe('already-refused');
  });

  it('reaches into as many windows as a hold may, and no further', async () => {
    const principal = freshPrincipal();
    const limits: readonly Limit[] = [{ window: 'minute', unit: 'nanoUsd', cap: 100 }];
    const message = ask(principal, { limits, leaseMs: 10_000_000 });
    await reserve(ledgerOf(principal), message);
    let windows = 1;
    for (; windows < TAKEN_MAX; windows += 1) {
      advance(60_000);
      const more = extending(message, { nanoUsd: 100 + windows });
      expect(await extend(ledgerOf(principal), more)).toBe('extended');
    }
    advance(60_000);
    const more = extending(message, { nanoUsd: 100 + windows });
    expect(await extend(ledgerOf(principal), more)).toBe('too-many-windows');
    expect(await tell(ledgerOf(principal), settling(message, 120))).toBe('settled');
  });

  it('has a case for every answer but those of shared budgets', () => {
    const given = [...CASES.map(({ status }) => status), 'already-refused', 'too-many-windows'];
    expect(new Set(given)).toEqual(new Set(EXTEND_STATUSES));
  });

  it('counts once when it is sent twice, and never lowers a hold', async () => {
    const principal = freshPrincipal();
    const ledger = ledgerOf(principal);
    const message = ask(principal);
    await reserve(ledger, message);
    for (const nanoUsd of [250, 250, 120]) {
      expect(await extend(ledger, extending(message, { nanoUsd }))).toBe('extended');
    }
    expect(await money(ledger, principal)).toMatchObject({ held: 250 });
    await setCap(ledger, principal, 10);
    expect(await extend(ledger, extending(message, { nanoUsd: 250 }))).toBe('extended');
    await tell(ledger, settling(message, 170));
    expect(await money(ledger, principal)).toEqual({ used: 170, held: 0, open: 0 });
  });
});
