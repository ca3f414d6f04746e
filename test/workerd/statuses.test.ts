// What a ledger answers when two things are wrong at once: the status that is listed first. Each
// case breaks one thing, or two neighbours; a pair of cases that cannot meet is left out.

import { abortAllDurableObjects } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Limit } from '../../core/ledger/account.ts';
import type { ReserveMessage } from '../../core/ledger/messages.ts';
import { RESERVE_STATUSES, type ReserveStatus } from '../../core/ledger/status.ts';
import { OPEN_HOLDS_MAX } from '../../durable-objects/taking.ts';
import { ask, batchOf, freshPrincipal, LAYOUT } from './ledger-harness.ts';
import { ledgerOf, MONEY, NOON_MS, own, reserve, settling, setClock } from './ledger-harness.ts';
import { shardNamed, type Stub, tell } from './ledger-harness.ts';
import { hearOff } from './control-harness.ts';
import { inObject, interceptSql } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

const HASH = 'a'.repeat(64);
const nonceExpiresAtMs = NOON_MS + 90_000;
const GIVEN = { hash: 'g'.repeat(43), prefixes: '', keptMs: 60_000 };
const NONE = (unit: Limit['unit']): Limit => ({ window: 'day', unit, cap: 0 });

/** One thing after another that can be wrong with a call. */
type Wrong = {
  readonly status: ReserveStatus;
  /** What is changed in the message. */
  readonly message?: (message: ReserveMessage) => Partial<ReserveMessage>;
  /** What has happened before. */
  readonly past?: (message: ReserveMessage, stub: Stub) => Promise<unknown>;
};

/** A limit that refuses joins the limits of the first account. */
const limited =
  (limit: Limit) =>
  ({ accounts }: ReserveMessage): Partial<ReserveMessage> => ({
    accounts: accounts.map((one) => ({ ...one, limits: [...one.limits, limit] })),
  });

const keyOf = (message: ReserveMessage): string => message.accounts[0]?.principal ?? '';

const keyLedger = (message: ReserveMessage) => env.PRINCIPAL_LEDGER.getByName(keyOf(message));

const putKey = (
  message: ReserveMessage,
  revokedAtMs: number | null,
  routes?: readonly string[],
): Promise<void> =>
  keyLedger(message).putKey({
    ...(routes === undefined ? {} : { routes }),
    id: 'test',
    name: 'test',
    plan: 'default',
    hash: HASH,
    createdAtMs: NOON_MS,
    revokedAtMs,
  });

/** The call as it was before anything went wrong with it. */
const plain = ({
  solvedAhead: _ahead,
  continues: _goesOn,
  ...message
}: ReserveMessage): ReserveMessage => ({
  ...message,
  apiKeyHash: null,
  nonceExpiresAtMs,
  attempt: 'attempt1',
  amounts: { requests: 1, nanoUsd: 100, concurrentCalls: 1, toolCalls: 1 },
  accounts: [own(keyOf(message))],
});

const WRONGS: readonly Wrong[] = [
  { status: 'proof-expired', message: () => ({ nonceExpiresAtMs: NOON_MS }) },
  { status: 'key-unknown', message: () => ({ apiKeyHash: 'b'.repeat(64) }) },
  {
    status: 'key-revoked',
    message: ({ apiKeyHash }) => ({ apiKeyHash: apiKeyHash ?? HASH }),
    past: (message) => putKey(message, NOON_MS),
  },
  {
    status: 'key-scope',
    message: ({ apiKeyHash }) => ({ apiKeyHash: apiKeyHash ?? HASH, routeId: 'other' }),
    past: async (message) => {
      const before = await keyLedger(message).keyRecord();
      await putKey(message, before?.revokedAtMs ?? null, ['chat']);
    },
  },
  {
    status: 'moved',
    past: async (message, stub) => {
      const principals = [keyOf(message)];
      await stub.handOver({ principals, to: 'edge:2:0', self: keyOf(message), layout: LAYOUT });
    },
  },
  {
    status: 'replayed',
    message: () => ({ attempt: 'attempt2' }),
    past: (message, stub) => reserve(stub, plain(message)),
  },
  {
    status: 'already-resolved',
    past: async (message, stub) => {
      await reserve(stub, plain(message));
      await tell(stub, settling(plain(message), 1));
    },
  },
  {
    status: 'exists-with-different-amount',
    message: ({ amounts }) => ({ amounts: { ...amounts, nanoUsd: 101 } }),
    past: (message, stub) => reserve(stub, plain(message)),
  },
  { status: 'exists', past: (message, stub) => reserve(stub, plain(message)) },
  {
    status: 'switched',
    message: () => ({ names: ['user:off'] }),
    past: (_message, { name = '' }) => hearOff(name, 'user:off'),
  },
  {
    status: 'too-many-outstanding',
    message: () => ({ solvedAhead: { issuedAtMs: NOON_MS, outstandingMax: 0 } }),
  },
  {
    status: 'conversation-unknown',
    message: () => ({ continues: { hash: 'x'.repeat(43), branchesMax: 2, isFinal: true } }),
  },
  {
    status: 'conversation-forked',
    message: () => ({ continues: { hash: GIVEN.hash, branchesMax: 1, isFinal: true } }),
    // Given once, and continued once.
    past: async (message, stub) => {
      const principal = keyOf(message);
      const first = ask(principal);
      await reserve(stub, first);
      await tell(stub, { ...settling(first, 1), answer: GIVEN });
      const continues = { hash: GIVEN.hash, branchesMax: 1, isFinal: true };
      await reserve(stub, ask(principal, { continues }));
    },
  },
  {
    status: 'run-unknown',
    message: ({ accounts }) => ({
      accounts: [
        ...accounts,
        {
          principal: 'loop:never',
          limits: [{ window: 'run', unit: 'agentSteps', cap: 8 }],
          root: null,
          run: { mustExist: true, msMax: 1_000 },
        },
      ],
    }),
  },
  { status: 'over-requests', message: limited(NONE('requests')) },
  { status: 'over-budget', message: limited({ ...NONE('nanoUsd'), window: 'month' }) },
  {
    status: 'over-concurrency',
    message: limited({ unit: 'concurrentCalls', window: 'now', cap: 0 }),
  },
  { status: 'over-quota', message: limited(NONE('toolCalls')) },
  {
    status: 'root-unreachable',
    message: ({ accounts }) => ({
      accounts: [
        ...accounts,
        { principal: 'route:dead', limits: [MONEY], root: 'route:dead-object' },
      ],
    }),
    past: async () => breakRoot(),
  },
  { status: 'too-many-holds', past: (_message, stub) => fill(stub) },
  { status: 'held' },
];

let restore = (): void => undefined;
/** The root of a shared budget fails with every statement. */
async function breakRoot(): Promise<void> {
  await inObject(ledgerOf('route:dead-object'), (_instance, state) => {
    restore = interceptSql(state, () => {
      throw new Error('the disk is on fire');
    });
  });
}

/** As many open holds as an object may have. */
const fill = (stub: Stub): Promise<void> =>
  inObject(stub, async (instance) => {
    const [principal, name] = [freshPrincipal(), stub.name ?? ''];
    for (let held = 0; held < OPEN_HOLDS_MAX; held += 256) {
      const limits = [{ ...MONEY, cap: 1_000_000 }];
      const reserves = Array.from({ length: 256 }, () => ask(principal, { limits }));
      await instance.apply(batchOf(name, { reserves }));
    }
  });

/** The answer to a call with which all of this is wrong. */
async function answerTo(wrongs: readonly Wrong[]): Promise<string> {
  const principal = freshPrincipal();
  let message = plain(ask(principal));
  for (const wrong of wrongs) message = Object.assign({}, message, wrong.message?.(message));
  const isOfShard = wrongs.some(({ status }) => status === 'switched');
  const stub = (): Stub => (isOfShard ? shardNamed : ledgerOf)(principal);
  for (const wrong of wrongs) await wrong.past?.(message, stub());
  try {
    return (await reserve(stub(), message)).status;
  } finally {
    restore();
    restore = () => undefined;
    await abortAllDurableObjects();
  }
}

/** Neighbours that cannot both be so: a key is unknown or revoked, a call exists in one way. */
const APART: readonly string[] = [
  'key-unknown+key-revoked',
  'moved+replayed',
  'already-resolved+exists-with-different-amount',
  'exists-with-different-amount+exists',
  'replayed+already-resolved',
  'conversation-unknown+conversation-forked',
];

const EXISTING = ['replayed', 'already-resolved', 'exists-with-different-amount', 'exists'];

describe('reserve', () => {
  it('has a case for every status, in their order', () => {
    expect(WRONGS.map(({ status }) => status)).toEqual(RESERVE_STATUSES);
  });

  it.each(WRONGS)('answers $status', async (wrong) => {
    expect(await answerTo([wrong])).toBe(wrong.status);
  });

  const pairs = WRONGS.flatMap((first, at) =>
    WRONGS.slice(at + 1)
      .filter((second) => second.status !== 'held')
      .filter((second) => !APART.includes(`${first.status}+${second.status}`))
      .filter((second) => !EXISTING.includes(first.status) || !EXISTING.includes(second.status))
      .filter((second) => !first.status.startsWith('key-') || second.status !== 'switched')
      .filter((second) => first.status !== 'moved' || !EXISTING.includes(second.status))
      .filter((second) => !EXISTING.includes(first.status) || second.status !== 'too-many-holds')
      .map((second) => ({ first, second, name: `${first.status} before ${second.status}` })),
  );

  it.each(pairs)('answers $name', async ({ first, second }) => {
    expect(await answerTo([first, second])).toBe(first.status);
  });
});
