// Puts the call's amounts on hold: every account of every object it touches, in one parallel round
// trip, all or none. The object of the primary principal spends the nonce in the same turn.
// Whatever goes wrong, nothing is forwarded, and what was held is released. A route may name a
// grace wallet for callers with a key: a budget of its own for when ledgers cannot be reached.

import type { Call } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import type { PrincipalCounter, ReserveReply, ResolveMessage } from '../core/ledger/messages.ts';
import type { Amounts } from '../core/ledger/unit.ts';
import { affordableOutputTokens } from '../core/pricing/estimate.ts';
import { err, ok, present, type Result } from '../core/result.ts';
import type { Answer, Asked } from './adapters/courier.ts';
import type { LedgerAddress } from './adapters/ledgers.ts';
import { chargesOf, graceOf } from './charges.ts';
import type { Deps } from './env.ts';
import { needsProof } from './gates/envelope.ts';
import { forwardedJson } from './gates/price.ts';
import { logEvent } from './observe/log.ts';

export type Reservation = {
  readonly call: Call;
  readonly addresses: readonly LedgerAddress[];
  readonly heldNanoUsd: number;
  /** Money counters after the hold, the primary principal's first. */
  readonly counters: readonly PrincipalCounter[];
  /** Before the first object was asked: no lease began earlier. */
  readonly reservedAtMs: number;
  /** Served by the grace wallet, because a ledger could not be reached. */
  readonly grace: boolean;
};

type WaitUntil = (work: Promise<unknown>) => void;

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
    case 'moved':
    case 'root-unreachable':
      return { kind: 'ledger-unreachable', cause: reply.status };
    case 'over-requests':
    case 'over-budget':
    case 'over-concurrency':
    case 'over-quota':
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
      deps.courier.send(address, {
        key: reservation.call.key,
        attempt: reservation.call.attempt,
        act,
        record: record(address),
      }),
    ),
  ).then(() => undefined);

/** The call with the output ceiling that the granted amounts pay for. */
function narrowTo(call: Call, granted: Amounts, deps: Deps): Call {
  const estimate = present(call.estimate, 'estimate');
  const { nanoUsd = 0, outputTokens = 0 } = granted;
  const affordable = affordableOutputTokens(present(call.price, 'price'), estimate, nanoUsd);
  const tokens = Math.min(affordable, Math.floor(outputTokens / estimate.choices));
  if (tokens >= estimate.outputTokensMax) return call;
  return {
    ...call,
    outputTokensMax: tokens,
    forwarded: forwardedJson(call, tokens, deps.policy.realm),
  };
}

type Sum = {
  readonly denial: Denial | null;
  readonly granted: Amounts;
  readonly counters: readonly PrincipalCounter[];
  readonly holding: readonly LedgerAddress[];
  readonly silent: readonly LedgerAddress[];
};

/** What all answers come to. A refusal counts before a silence. */
function sumUp(asked: readonly Asked[], answers: readonly Answer[]): Sum {
  let denial: Denial | null = null;
  let unreachable: Denial | null = null;
  let granted: Amounts | null = null;
  const counters: PrincipalCounter[] = [];
  const holding: LedgerAddress[] = [];
  const silent: LedgerAddress[] = [];
  answers.forEach((answer, index) => {
    const { address } = present(asked[index], 'asked');
    if (answer.reply === null) {
      const cause = String(answer.cause);
      logEvent('ledger-unreachable', { address, cause });
      unreachable ??= { kind: 'ledger-unreachable', cause };
      silent.push(address);
      return;
    }
    const { reply } = answer;
    denial ??= denialOf(reply);
    if (!holds(reply)) return;
    holding.push(address);
    counters.push(...reply.counters);
    const { nanoUsd, outputTokens } = reply.granted;
    if (nanoUsd === undefined || outputTokens === undefined) return;
    granted = {
      nanoUsd: Math.min(granted?.nanoUsd ?? nanoUsd, nanoUsd),
      outputTokens: Math.min(granted?.outputTokens ?? outputTokens, outputTokens),
    };
  });
  return { denial: denial ?? unreachable, granted: granted ?? {}, counters, holding, silent };
}

/** Known callers, where the route says so, and only if nothing else is wrong. */
const mayUseGrace = (call: Call, { denial, silent }: Sum): boolean =>
  denial?.kind === 'ledger-unreachable' &&
  silent.length > 0 &&
  call.route.whenLedgerUnreachable !== 'refuse' &&
  call.apiKey !== null &&
  !needsProof(call);

export async function reserve(
  call: Call,
  deps: Deps,
  waitUntil: WaitUntil,
): Promise<Result<Reservation, Denial>> {
  const reservedAtMs = deps.nowMs();
  const asked = chargesOf(call, deps);
  let sum = sumUp(asked, await deps.courier.reserve(asked, waitUntil));
  const release = (addresses: readonly LedgerAddress[]): void => {
    if (addresses.length === 0) return;
    waitUntil(tellAll({ call, addresses }, { kind: 'release' }, () => null, deps));
  };
  // The message may have arrived after all.
  release(sum.silent);
  const grace = mayUseGrace(call, sum);
  if (grace) {
    const wallet = graceOf(call, deps);
    const lent = sumUp([wallet], await deps.courier.reserve([wallet], waitUntil));
    release(lent.silent);
    if (lent.denial === null) {
      logEvent('grace-served', {
        requestId: call.requestId,
        route: call.route.id,
        ...lent.granted,
      });
      // Where the wallet stands is the operator's business.
      sum = { ...lent, counters: [], holding: [...sum.holding, ...lent.holding] };
    } else {
      logEvent('grace-refused', { requestId: call.requestId, denial: lent.denial });
    }
  }
  if (sum.denial !== null) {
    release(sum.holding);
    return err(sum.denial);
  }
  const estimate = present(call.estimate, 'estimate');
  return ok({
    call: narrowTo(call, sum.granted, deps),
    addresses: sum.holding,
    heldNanoUsd: sum.granted.nanoUsd ?? estimate.totalNanoUsd,
    counters: sum.counters,
    reservedAtMs,
    grace,
  });
}
