// Puts the call's money on hold: every account of every object it touches, in one parallel round
// trip, all or none. The object of the primary principal spends the nonce in the same turn.
// Whatever goes wrong, nothing is forwarded, and what was held is released.

import { type Call, primaryOf } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import type { Limit } from '../core/ledger/account.ts';
import type {
  PrincipalCounter,
  ReserveMessage,
  ReserveReply,
  ResolveMessage,
} from '../core/ledger/messages.ts';
import type { Scope } from '../core/policy/policy.ts';
import { producibleNanoUsdPerSecond } from '../core/pricing/actual.ts';
import { affordableOutputTokens } from '../core/pricing/estimate.ts';
import { err, ok, present, type Result } from '../core/result.ts';
import type { LedgerAddress } from './adapters/ledgers.ts';
import type { Deps } from './env.ts';
import { forwardedJson } from './gates/price.ts';
import { logEvent } from './observe/log.ts';

const LEDGER_ANSWER_MS_MAX = 3_000;

export type Reservation = {
  readonly call: Call;
  readonly addresses: readonly LedgerAddress[];
  readonly heldNanoUsd: number;
  /** Money counters after the hold, the primary principal's first. */
  readonly counters: readonly PrincipalCounter[];
};

type Asked = { readonly address: LedgerAddress; readonly message: ReserveMessage };

/** Whom this call charges: the primary principal and the address it came from. */
export function principalsOf(call: Call): string[] {
  const primary = primaryOf(call);
  return primary === call.ip ? [primary] : [primary, call.ip];
}

/** An address is given more room behind a key: the key binds first. */
function limitsFor(principal: string, call: Call, deps: Deps): readonly Limit[] {
  const scope = principal.slice(0, principal.indexOf(':')) as Scope;
  return deps.policy.limits[scope === 'ip' && call.apiKey !== null ? 'ipWithKey' : scope];
}

function asks(call: Call, deps: Deps): Asked[] {
  const estimate = present(call.estimate, 'estimate');
  const principals = principalsOf(call);
  const [primary = ''] = principals;
  const home = deps.ledgers.addressOf(primary);
  const byAddress = new Map<LedgerAddress, string[]>();
  for (const principal of principals) {
    const address = deps.ledgers.addressOf(principal);
    byAddress.set(address, [...(byAddress.get(address) ?? []), principal]);
  }
  return [...byAddress].map(([address, mine]) => ({
    address,
    message: {
      key: call.key,
      attempt: call.attempt,
      amountNanoUsd: estimate.totalNanoUsd,
      amountNanoUsdMin: estimate.totalNanoUsdMin,
      meteredNanoUsd: estimate.inputNanoUsd,
      producibleNanoUsdPerSecond: producibleNanoUsdPerSecond(
        present(call.price, 'price'),
        estimate.choices,
      ),
      leaseMs: deps.policy.leaseMs,
      accounts: mine.map((principal) => ({
        principal,
        limits: limitsFor(principal, call, deps),
      })),
      nonceExpiresAtMs:
        address === home && call.challenge !== null
          ? call.challenge.expiresAtSeconds * 1_000
          : null,
      apiKeyHash: address === home && call.apiKey !== null ? call.apiKey.hash : null,
    },
  }));
}

type WaitUntil = (work: Promise<unknown>) => void;

/** One object's answer. Settlements that were waiting for it ride along. */
async function askLedger(
  { address, message }: Asked,
  deps: Deps,
  waitUntil: WaitUntil,
): Promise<ReserveReply> {
  const riders = deps.settlements.riders(address);
  try {
    return await deps.ledgers.at(address).reserve(message, riders);
  } catch (cause) {
    waitUntil(deps.settlements.carry(address, riders));
    throw cause;
  }
}

/** All answers, or failures for those that did not come within the deadline. */
async function askAll(
  asked: readonly Asked[],
  deps: Deps,
  waitUntil: WaitUntil,
): Promise<readonly PromiseSettledResult<ReserveReply>[]> {
  let timer: number | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('the ledger did not answer in time'));
    }, LEDGER_ANSWER_MS_MAX);
  });
  try {
    return await Promise.allSettled(
      asked.map((one) => Promise.race([askLedger(one, deps, waitUntil), late])),
    );
  } finally {
    clearTimeout(timer);
  }
}

function denialOf(reply: ReserveReply): Denial | null {
  switch (reply.status) {
    case 'held':
    case 'exists':
      return null;
    case 'proof-expired':
      return { kind: 'proof-rejected', failure: 'expired' };
    case 'replayed':
    case 'already-resolved':
    case 'exists-with-different-amount':
      return { kind: 'proof-rejected', failure: 'replayed' };
    case 'key-unknown':
      return { kind: 'api-key-invalid', reason: 'unknown' };
    case 'key-revoked':
      return { kind: 'api-key-invalid', reason: 'revoked' };
    case 'too-many-holds':
      return { kind: 'too-many-holds' };
    case 'over-requests':
    case 'over-budget':
    case 'over-concurrency':
      return { kind: reply.status, principal: reply.counter.principal, counter: reply.counter };
  }
}

type Held = Extract<ReserveReply, { status: 'held' | 'exists' }>;
const holds = (reply: ReserveReply): reply is Held =>
  reply.status === 'held' || reply.status === 'exists';

/** One message for every object of the call. */
export const tellAll = (
  reservation: Pick<Reservation, 'call' | 'addresses'>,
  act: ResolveMessage['act'],
  record: (address: LedgerAddress) => string | null,
  deps: Deps,
): Promise<void> =>
  Promise.all(
    reservation.addresses.map((address) =>
      deps.settlements.send(address, {
        key: reservation.call.key,
        attempt: reservation.call.attempt,
        act,
        record: record(address),
      }),
    ),
  ).then(() => undefined);

/** The call with the output ceiling that the granted money pays for. */
function narrowTo(call: Call, grantedNanoUsd: number, deps: Deps): Call {
  const estimate = present(call.estimate, 'estimate');
  if (grantedNanoUsd >= estimate.totalNanoUsd) return call;
  const tokens = affordableOutputTokens(present(call.price, 'price'), estimate, grantedNanoUsd);
  return {
    ...call,
    outputTokensMax: tokens,
    forwarded: forwardedJson(call, tokens, deps.policy.realm),
  };
}

export async function reserve(
  call: Call,
  deps: Deps,
  waitUntil: WaitUntil,
): Promise<Result<Reservation, Denial>> {
  const asked = asks(call, deps);
  const replies = await askAll(asked, deps, waitUntil);
  let denial: Denial | null = null;
  let granted = Number.MAX_SAFE_INTEGER;
  const counters: PrincipalCounter[] = [];
  for (const reply of replies) {
    if (reply.status === 'rejected') {
      logEvent('ledger-unreachable', { cause: String(reply.reason) });
      denial ??= { kind: 'ledger-unreachable', cause: String(reply.reason) };
      continue;
    }
    denial ??= denialOf(reply.value);
    if (!holds(reply.value)) continue;
    granted = Math.min(granted, reply.value.grantedNanoUsd);
    counters.push(...reply.value.counters);
  }
  const addresses = asked.map((one) => one.address);
  if (denial !== null) {
    // To those that hold, and to those that did not answer: the message may have arrived after all.
    const owing = addresses.filter((_, index) => {
      const reply = replies[index];
      return reply?.status === 'rejected' || (reply !== undefined && holds(reply.value));
    });
    waitUntil(tellAll({ call, addresses: owing }, { kind: 'release' }, () => null, deps));
    return err(denial);
  }
  const narrowed = narrowTo(call, granted, deps);
  return ok({ call: narrowed, addresses, heldNanoUsd: granted, counters });
}
