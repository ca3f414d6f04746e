// What the tests of shared budgets use: calls that spend one budget in several shards, sums over
// all of them, and a root that fails in a chosen way.

import type { Limit } from '../../core/ledger/account.ts';
import { addressOf, shardAddress } from '../../core/ledger/layout.ts';
import type { ReserveMessage, ReserveReply } from '../../core/ledger/messages.ts';
import { ask, freshPrincipal, LAYOUT, ledgerOf, own } from './ledger-harness.ts';
import { reserve, shardNamed, type Stub, view } from './ledger-harness.ts';
import { inObject, storeOf } from './rows-harness.ts';

export const SHARDS: readonly string[] = Array.from({ length: LAYOUT.count }, (_, shard) =>
  shardAddress(1, shard),
);

export type Shared = { readonly name: string; readonly limits: readonly Limit[] };

/** A budget of many, kept by an object of its own. */
export const sharedBudget = (cap: number, name = freshPrincipal('route:')): Shared => ({
  name,
  limits: [{ window: 'day', unit: 'nanoUsd', cap }],
});

/** A call of an address that comes through this shard. */
export const sharedCall = (
  { name, limits }: Shared,
  nanoUsd: number,
  given: Partial<ReserveMessage> = {},
): ReserveMessage =>
  ask([], {
    nanoUsd,
    accounts: [
      own(freshPrincipal('ip:'), [{ window: 'day', unit: 'requests', cap: 10 }]),
      { principal: name, limits, root: name },
    ],
    ...given,
  });

export const through = (shard: string, message: ReserveMessage): Promise<ReserveReply> =>
  reserve(shardNamed(shard), message);

/** What the budget's account says in an object, whatever it may spend there. */
export const cellsIn = (
  stub: Stub,
  principal: string,
): Promise<{ used: number; held: number; leased: number }> =>
  inObject(stub, (instance) => {
    const [cell] = storeOf(instance).account(principal).cells['nanoUsd-day'] ?? [];
    return { used: cell?.used ?? 0, held: cell?.held ?? 0, leased: cell?.leased ?? 0 };
  });

/** Used and on hold over all shards. */
export async function spentIn(
  principal: string,
  shards: readonly string[] = SHARDS,
): Promise<number> {
  let spent = 0;
  for (const shard of shards) {
    const { used, held } = await cellsIn(shardNamed(shard), principal);
    spent += used + held;
  }
  return spent;
}

/** The root's own view, as an operator sees it. */
export const rootView = async ({ name, limits }: Shared) =>
  (await view(ledgerOf(name), name, limits)).counters[0];

/** Where the purse of a network is kept. */
export const homeOf = (principal: string): string => addressOf(principal, LAYOUT);

type Drawing = { draw(message: unknown): Promise<unknown> };

/** The root does this in place of its next answers, until it has lost its memory. */
export const spoilDraws = (
  stub: Stub,
  spoil: (answer: () => Promise<unknown>, state: DurableObjectState) => Promise<unknown>,
): Promise<void> =>
  inObject(stub, (instance, state) => {
    const ledger = Reflect.get(instance, 'ledger') as Drawing;
    const draw = ledger.draw.bind(ledger);
    ledger.draw = (message) => spoil(() => draw(message), state);
  });
