// One renewal of a running call in every object that holds for it: what was metered so far goes up,
// and what comes back is whether the hold is still there and whether the call may go on.

import { namesOf } from '../core/control/names.ts';
import { isShardAddress, type LedgerAddress } from '../core/ledger/layout.ts';
import type { ResolveStatus } from '../core/ledger/status.ts';
import type { Amounts } from '../core/ledger/unit.ts';
import { recordHomeOf } from './charges.ts';
import type { Deps } from './env.ts';
import type { Reservation } from './reserve.ts';

/** What one object said; null if it was silent. */
export type Said = { readonly address: LedgerAddress; readonly status: ResolveStatus | null };

/** Shards know switches, and the ledgers of keys know whether the key is revoked. */
export const endingOf = ({ address }: Said): 'stopped' | 'switched-off' =>
  isShardAddress(address) ? 'switched-off' : 'stopped';

export async function renewAll(
  { call, addresses }: Pick<Reservation, 'call' | 'addresses'>,
  metered: Amounts,
  deps: Deps,
): Promise<readonly Said[]> {
  const act = { kind: 'renew', metered, leaseMs: deps.policy.leaseMs } as const;
  const message = { key: call.key, attempt: call.attempt, act, record: null };
  const shard = recordHomeOf(call, deps);
  const names = namesOf(call);
  const renewed = addresses.map(async (address): Promise<Said> => {
    const told = address === shard ? { ...message, names } : message;
    const status = await deps.courier.renew(address, told).catch(() => null);
    return { address, status };
  });
  // Lent by a grace wallet, which knows no switches, while the shard that does is silent.
  if (!addresses.includes(shard)) {
    const mayGoOn = await deps.control.mayGoOn(names);
    if (!mayGoOn) renewed.push(Promise.resolve({ address: shard, status: 'stopped' }));
  }
  return Promise.all(renewed);
}
