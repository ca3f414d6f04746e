// Puts the call's amounts on hold: every account of every object it touches, in one parallel round
// trip, all or none. The object of the primary principal spends the nonce in the same turn.
// Whatever goes wrong, nothing is forwarded, and what was held is released. A route may name a
// grace wallet for callers with a key: a budget of its own for when ledgers cannot be reached.

import { isExpired } from '../core/api-key.ts';
import { toBase64Url, utf8 } from '../core/bytes.ts';
import { type Call, needsProof } from '../core/call.ts';
import type { Denial } from '../core/denial.ts';
import type { LedgerAddress } from '../core/ledger/layout.ts';
import type {
  GivenAnswer,
  PrincipalCounter,
  ReserveReply,
  ResolveMessage,
} from '../core/ledger/messages.ts';
import { type Amounts, combine } from '../core/ledger/unit.ts';
import { answerCallsMax } from '../core/run/amounts.ts';
import { isLoop, type LoopFacts, loopFacts } from '../core/run/loop.ts';
import { sha256 } from '../core/proof/sha256.ts';
import { err, ok, present, type Result } from '../core/result.ts';
import type { Answer, Asked, WaitUntil } from './adapters/courier.ts';
import { chargesOf, homeOf } from './charges.ts';
import { denialOf } from './denied.ts';
import type { Deps } from './env.ts';
import { graceOf, isWanted, mayHaveGrace } from './grace.ts';
import { isPass, withLeft } from './human-pass.ts';
import { narrowTo, withoutCalls } from './narrow.ts';
import { logEvent } from './observe/log.ts';

export type Reservation = {
  readonly call: Call;
  readonly addresses: readonly LedgerAddress[];
  /** What each of them was asked: more of the same is asked for while the call runs. */
  readonly asked: readonly Asked[];
  readonly heldNanoUsd: number;
  /** What every object gave of each unit. */
  readonly granted: Amounts;
  /** Money counters after the hold, the primary principal's first. */
  readonly counters: readonly PrincipalCounter[];
  /** Calls of tools that its answer may have; null where nobody counts them. */
  readonly toolCallsMax: number | null;
  /** Where the run stands that a caller's loop is a step of. */
  readonly loop: LoopFacts | null;
  /** Before the first object was asked: no lease began earlier. */
  readonly reservedAtMs: number;
  /** Served by the grace wallet, because a ledger could not be reached. */
  readonly grace: boolean;
};

/** `isHeard`: every object has answered, so the nonce is spent. */
export type NotReserved = { readonly denial: Denial; readonly isHeard: boolean };

type Held = Extract<ReserveReply, { status: 'held' | 'exists' }>;
const holds = (reply: ReserveReply): reply is Held =>
  reply.status === 'held' || reply.status === 'exists';

/** What enforcing would have refused of it, and to whom, by a name that says nothing. */
function observedIn(
  { observed, route, user }: Call,
  { policy }: Deps,
): Pick<ResolveMessage, 'observed'> {
  if (observed.length === 0) return {};
  const rules = observed.map(({ denial }) => denial.kind);
  const name = user === null ? null : sha256(utf8(`${policy.realm}\0${user.id}`)).slice(0, 12);
  return { observed: { route: route.id, rules, user: name && toBase64Url(name) } };
}

/** One message for every object of the call. */
export const tellAll = (
  reservation: Pick<Reservation, 'call' | 'addresses'>,
  act: ResolveMessage['act'],
  record: (address: LedgerAddress) => string | null,
  deps: Deps,
  answer?: GivenAnswer | null,
): Promise<void> =>
  Promise.all(
    reservation.addresses.map((address) => {
      const own = record(address);
      return deps.courier.send(address, {
        key: reservation.call.key,
        attempt: reservation.call.attempt,
        act,
        record: own,
        ...(own === null ? {} : observedIn(reservation.call, deps)),
        ...(answer !== undefined && address === homeOf(reservation.call, deps) ? { answer } : {}),
      });
    }),
  ).then(() => undefined);

/** Gives back what was held there, or what may have been where nothing was answered. */
export const release = (held: Pick<Reservation, 'call' | 'addresses'>, deps: Deps): Promise<void> =>
  tellAll(held, { kind: 'release' }, () => null, deps);

type Sum = {
  readonly denial: Denial | null;
  readonly granted: Amounts;
  readonly counters: readonly PrincipalCounter[];
  readonly holding: readonly LedgerAddress[];
  readonly silent: readonly LedgerAddress[];
};

/**
 * Where money is spent and an operator said no, the no is what lasts. A proof that was used before
 * is one whatever the money says: another try with less money would be a second call for it.
 */
const isWeaker = (denial: Denial, said: Denial | null): boolean =>
  denial.kind === 'proof-required' ||
  (said?.kind === 'switched-off' && 'counter' in denial) ||
  (said?.kind === 'proof-rejected' && denial.kind !== 'proof-rejected');

/**
 * What all answers come to. A refusal counts before a silence; one that asks for another proof only
 * where there is no other, because no proof would help.
 */
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
    const said = denialOf(reply);
    if (denial === null || isWeaker(denial, said)) denial = said ?? denial;
    if (!holds(reply)) return;
    holding.push(address);
    counters.push(...reply.counters);
    const { nanoUsd, outputTokens } = reply.granted;
    if (nanoUsd === undefined || outputTokens === undefined) return;
    granted = granted === null ? reply.granted : combine(granted, reply.granted, Math.min);
  });
  return { denial: denial ?? unreachable, granted: granted ?? {}, counters, holding, silent };
}

/** A no that does not pass by itself in a moment. */
const LASTING: ReadonlySet<Denial['kind']> = new Set([
  'api-key-invalid',
  'over-budget',
  'over-requests',
  'over-quota',
]);

/** The first answer is the home's: what it says of a key is its last word while it is silent. */
function hear({ apiKey }: Call, [home]: readonly Answer[], { apiKeys }: Deps): void {
  const reply = home?.reply ?? null;
  if (apiKey === null || reply === null) return;
  const denial = denialOf(reply);
  if (denial === null || LASTING.has(denial.kind)) apiKeys.heard(apiKey, denial);
}

/**
 * Known callers, where the route says so, and only if nothing else is wrong. A key can be made to
 * overload its own ledger: then what was refused just before stays refused.
 */
const mayUseGrace = (call: Call, { denial, silent }: Sum, { apiKeys }: Deps): boolean =>
  denial?.kind === 'ledger-unreachable' &&
  silent.length > 0 &&
  mayHaveGrace(call) &&
  !(call.apiKey !== null && apiKeys.wasRefused(call.apiKey)) &&
  // A nonce that is spent nowhere could be spent again.
  !needsProof(call);

export async function reserve(
  call: Call,
  deps: Deps,
  waitUntil: WaitUntil,
): Promise<Result<Reservation, NotReserved>> {
  const reservedAtMs = deps.nowMs();
  // A body may take its time, and whoever shows no challenge has nothing else that ends.
  if (call.apiKey !== null && isExpired(call.apiKey, reservedAtMs)) {
    const denial = { kind: 'api-key-invalid', reason: 'expired' } as const;
    return err({ denial, isHeard: false });
  }
  const asked = chargesOf(call, deps);
  const answers = await deps.courier.reserve(asked, waitUntil);
  hear(call, answers, deps);
  let sum = sumUp(asked, answers);
  const giveBack = (addresses: readonly LedgerAddress[]): void => {
    if (addresses.length > 0) waitUntil(release({ call, addresses }, deps));
  };
  // The message may have arrived after all.
  giveBack(sum.silent);
  const grace = mayUseGrace(call, sum, deps) && (await isWanted(call, sum.silent, deps));
  let parties = asked;
  if (grace) {
    const wallet = graceOf(call, deps);
    parties = [...asked, wallet];
    const lent = sumUp([wallet], await deps.courier.reserve([wallet], waitUntil));
    giveBack(lent.silent);
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
    giveBack(sum.holding);
    return err({ denial: sum.denial, isHeard: sum.silent.length === 0 });
  }
  const estimate = present(call.estimate, 'estimate');
  return ok({
    call: withLeft(narrowTo(withoutCalls(call, sum.granted, deps), sum, deps), sum.counters),
    addresses: sum.holding,
    asked: parties.filter(({ address }) => sum.holding.includes(address)),
    heldNanoUsd: sum.granted.nanoUsd ?? estimate.firstNanoUsd,
    granted: sum.granted,
    counters: sum.counters.filter(({ principal }) => !isPass(principal) && !isLoop(principal)),
    toolCallsMax: answerCallsMax(call, sum.granted),
    loop: loopFacts(sum.counters),
    reservedAtMs,
    grace,
  });
}
