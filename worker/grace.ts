// Who is served on while something we depend on is away: callers whom we know by name, where their
// route has a wallet for it, and only calls that are cheap. What is lent is held in that wallet
// like any other money, so that the worst hour costs what the policy says; nothing is served
// unmetered.

import type { Call } from '../core/call.ts';
import { namesOf } from '../core/control/names.ts';
import type { LedgerAddress } from '../core/ledger/layout.ts';
import { limitsOf } from '../core/policy/limits.ts';
import { present } from '../core/result.ts';
import type { Asked, WaitUntil } from './adapters/courier.ts';
import { ledgerAsk, recordHomeOf } from './charges.ts';
import type { Deps } from './env.ts';

/**
 * A key that we gave, unless it has a cap, budgets or routes that only its own ledger can keep; or
 * a user whom an identity provider of the policy vouches for.
 */
const isKnown = ({ apiKey, user }: Call): boolean =>
  apiKey === null ? user !== null : apiKey.capNanoUsd === null && !apiKey.isRestricted;

/** Does this call's route serve callers like this one on, at this price? */
export function mayHaveGrace(call: Call): boolean {
  const { whenLedgerUnreachable: when } = call.route;
  return (
    when !== 'refuse' &&
    isKnown(call) &&
    present(call.estimate, 'estimate').totalNanoUsd <= when.callNanoUsdMax
  );
}

/** A wallet knows no switches: where the shard that does is silent, `Control` itself has to say. */
export const isWanted = async (
  call: Call,
  silent: readonly LedgerAddress[],
  deps: Deps,
): Promise<boolean> =>
  !silent.includes(recordHomeOf(call, deps)) || deps.control.mayBegin(namesOf(call));

const walletOf = (call: Call): string => `grace:${call.route.id}`;

/** The grace wallet in place of the ledgers that cannot be reached. */
export function graceOf(call: Call, deps: Deps): Asked {
  const principal = walletOf(call);
  const limits = limitsOf(deps.policy, call.route, principal, true);
  return {
    address: deps.ledgers.addressOf(principal),
    message: {
      ...ledgerAsk(call, deps),
      accounts: [{ principal, limits, root: null }],
      label: null,
    },
  };
}

export type Lent = {
  /** The wallet's ledger, which has to hear how the call ends. */
  readonly address: LedgerAddress;
  readonly isHeld: boolean;
};

/** What is on hold already, on hold in the wallet as well: all of it, or nothing. */
export async function lend(
  call: Call,
  heldNanoUsd: number,
  deps: Deps,
  waitUntil: WaitUntil,
): Promise<Lent> {
  const { address, message } = graceOf(call, deps);
  const amounts = { ...message.amounts, nanoUsd: heldNanoUsd };
  const asked = { address, message: { ...message, amounts, least: amounts } };
  const [answer] = await deps.courier.reserve([asked], waitUntil);
  const status = answer?.reply?.status;
  return { address, isHeld: status === 'held' || status === 'exists' };
}
