// What the tests of the ledger objects share: messages with sensible defaults, and a clock they
// move by hand in a year whose alarms are far away.

import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import type { CounterKind, Limit } from '../../core/ledger/account.ts';
import { callKey } from '../../core/ledger/call-key.ts';
import type { ShardLayout } from '../../core/ledger/layout.ts';
import type {
  AccountAsk,
  AccountView,
  Batch,
  BatchReply,
  ExtendMessage,
  ReserveMessage,
  ReserveReply,
  ResolveMessage,
} from '../../core/ledger/messages.ts';
import type { Amounts } from '../../core/ledger/unit.ts';
import { present } from '../../core/result.ts';
import type { LedgerBindings, LedgerObject } from '../../durable-objects/ledger-object.ts';

/** The real alarm clock stands in another century: an alarm runs when a test runs it. */
export const NOON_MS = Date.UTC(2100, 0, 1, 12);
export const LEASE_MS = 4_000;
export const MONEY: Limit = { window: 'day', unit: 'nanoUsd', cap: 1_000 };
export const LAYOUT: ShardLayout = { epoch: 1, count: 4, previous: null };

export type LedgerInstance = LedgerObject<LedgerBindings>;
export type Stub = DurableObjectStub<LedgerInstance>;

export function setClock(timeMs: number): void {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(timeMs);
}

export const advance = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms);
};

let names = 0;
/** A principal nobody else uses. */
export function freshPrincipal(prefix = 'key:test'): string {
  names += 1;
  return `${prefix}${String(names).padStart(8, '0')}`;
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

type Ask = Partial<ReserveMessage> & {
  readonly limits?: readonly Limit[];
  readonly nanoUsd?: number;
};

/** An account that its object keeps itself. */
export const own = (principal: string, limits: readonly Limit[] = [MONEY]): AccountAsk => ({
  principal,
  limits,
  root: null,
});

/** A call that wants 100 and leaves nothing to haggle about. */
export function ask(principals: string | readonly string[], given: Ask = {}): ReserveMessage {
  const { limits = [MONEY], nanoUsd = 100, ...rest } = given;
  return {
    key: freshKey(),
    attempt: 'attempt1',
    amounts: { requests: 1, nanoUsd, concurrentCalls: 1 },
    least: {},
    metered: { nanoUsd: 1 },
    produciblePerSecond: { nanoUsd: 5 },
    leaseMs: LEASE_MS,
    accounts: [principals].flat().map((principal) => own(principal, limits)),
    nonceExpiresAtMs: null,
    apiKeyHash: null,
    label: null,
    ...rest,
  };
}

type Named = { readonly key: string; readonly attempt: string };

const resolving = (
  { key, attempt }: Named,
  act: ResolveMessage['act'],
  record: string | null = null,
): ResolveMessage => ({ key, attempt, act, record });

export const settling = (
  call: Named,
  nanoUsd: number,
  { record = null, ...more }: Amounts & { readonly record?: string | null } = {},
): ResolveMessage =>
  resolving(call, { kind: 'settle', amounts: { nanoUsd, ...more }, estimated: false }, record);

export const releasing = (call: Named): ResolveMessage => resolving(call, { kind: 'release' });

export const renewing = (call: Named, nanoUsd: number): ResolveMessage =>
  resolving(call, { kind: 'renew', metered: { nanoUsd }, leaseMs: LEASE_MS });

export const extending = (call: ReserveMessage, amounts: Amounts): ExtendMessage => ({
  key: call.key,
  attempt: call.attempt,
  amounts,
  accounts: call.accounts,
});

export const placeOf = (self: string, layout = LAYOUT) => ({ self, layout });

/** One message to the object of this name. */
export const batchOf = (self: string, part: Partial<Batch>): Batch => ({
  ...placeOf(self),
  resolves: [],
  reserves: [],
  extends: [],
  ...part,
});

export const nameOf = (stub: Stub): string => present(stub.name, 'name');

export const apply = (stub: Stub, part: Partial<Batch>): Promise<BatchReply> =>
  stub.apply(batchOf(nameOf(stub), part)) as Promise<BatchReply>;

/** Reserves one call; settlements may ride along. */
export async function reserve(
  stub: Stub,
  message: ReserveMessage,
  riders: readonly ResolveMessage[] = [],
  layout = LAYOUT,
): Promise<ReserveReply> {
  const { reserves } = await apply(stub, { reserves: [message], resolves: riders, layout });
  return present(reserves[0], 'reply');
}

/** Says several things to a ledger in one message; their statuses. */
export async function resolve(
  stub: Stub,
  messages: readonly ResolveMessage[],
): Promise<readonly string[]> {
  const { resolves } = await apply(stub, { resolves: messages });
  return resolves.map(({ status }) => status);
}

/** Says one thing to a ledger and gives its one answer. */
export const tell = async (stub: Stub, message: ResolveMessage): Promise<string | undefined> =>
  (await resolve(stub, [message]))[0];

export async function extend(stub: Stub, message: ExtendMessage): Promise<string | undefined> {
  const { extends: replies } = await apply(stub, { extends: [message] });
  return replies[0]?.status;
}

export const view = (
  stub: Stub,
  principal: string,
  limits: readonly Limit[] = [MONEY],
  layout = LAYOUT,
): Promise<AccountView> =>
  stub.view(placeOf(nameOf(stub), layout), principal, limits) as Promise<AccountView>;

export const setCap = (
  stub: Stub,
  principal: string,
  cap: number | null,
  kind: CounterKind = { window: 'day', unit: 'nanoUsd' },
): Promise<void> => stub.setCap(placeOf(nameOf(stub)), { principal, cap, ...kind });

/** Where a principal's money stands. Looking at it also charges what is overdue. */
export async function money(
  stub: Stub,
  principal: string,
  limits: readonly Limit[] = [MONEY],
): Promise<{ used: number; held: number; open: number }> {
  const { counters, holds } = await view(stub, principal, limits);
  const [counter] = counters;
  return { used: counter?.used ?? -1, held: counter?.held ?? -1, open: holds.length };
}
