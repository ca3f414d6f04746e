// Closes what `reserve` opened, exactly once: weighs what the call cost, tells every object, and
// makes the decision record. The second closing of a call is ignored here and a status in the
// ledger.

import type { Call } from '../core/call.ts';
import { givenAnswer } from '../core/conversation.ts';
import type { CalledTools, CollectedAnswer } from '../core/dialects/dialect.ts';
import type { GivenAnswer } from '../core/ledger/messages.ts';
import type { Amounts } from '../core/ledger/unit.ts';
import { priceOf } from '../core/pricing/catalog.ts';
import { type Actual, type Ending, weighActual } from '../core/pricing/actual.ts';
import { usedUnits } from '../core/pricing/counted-units.ts';
import { estimateAfterCalls, toolNanoUsd, toolNanoUsdMax } from '../core/pricing/tool-price.ts';
import type { Sighting, Usage } from '../core/pricing/usage.ts';
import { nanoUsd } from '../core/money.ts';
import { present } from '../core/result.ts';
import type { RunStanding } from '../core/run/account.ts';
import { recordHomeOf } from './charges.ts';
import type { Deps } from './env.ts';
import { decisionRecord, type Trail } from './observe/record.ts';
import { logJson } from './observe/log.ts';
import { type Reservation, tellAll } from './reserve.ts';
import type { HoldFacts } from './relay/growing-hold.ts';
import { runOutcome } from './runs.ts';

export type Closing = {
  readonly ending: Ending;
  readonly streamed: boolean;
  readonly usage: Usage | null;
  /** It is a count on the way, not the provider's last word. */
  readonly isUsageSoFar: boolean;
  readonly seen: Sighting;
  readonly originStatus: number | null;
  /** What of the answer came, where it may be continued. */
  readonly answer: CollectedAnswer | null;
  /** Calls of tools in it. */
  readonly toolCalls: number;
  /** Where it is looked at which, and with what. */
  readonly calledTools: CalledTools | null;
  readonly hold: HoldFacts;
};

/**
 * What the ledger hears of the answer: nothing, or its hashes, or null where not a byte of one got
 * through. Of one that cannot be told (it was too long) it hears nothing.
 */
function answerOf(call: Call, closing: Closing): GivenAnswer | null | undefined {
  const { conversation } = call.route;
  if (conversation === null) return undefined;
  const { answer, ending } = closing;
  if (!didAnswer(closing)) return null;
  return answer === null
    ? undefined
    : givenAnswer(answer, ending === 'complete', conversation.keptMs);
}

/** Something of an answer got through, as far as anybody knows. */
const didAnswer = ({ ending, streamed, seen }: Closing): boolean =>
  ending === 'complete' || (streamed && seen.visibleBytes > 0);

/** Where bytes are priced nothing is hidden: what passed is the truth, whoever ended it. */
const weighedAs = ({ route }: Call, { ending, usage }: Closing): Ending =>
  route.plain !== null && usage !== null && ending !== 'origin-refused' ? 'complete' : ending;

/**
 * What is charged, and the work that carries it to the ledgers. What a run comes to is known only
 * later: until then it is the hold.
 */
export function settle(
  reservation: Reservation,
  closing: Closing,
  trail: Trail,
  deps: Deps,
): { readonly actual: Actual; readonly told: Promise<void> } {
  const { call } = reservation;
  const heldNanoUsd = closing.hold.lastNanoUsd;
  if (call.route.run !== null) {
    const told = runOutcome(reservation, closing, deps).then(({ actual, amounts, standing }) =>
      conclude(reservation, { closing, actual, amounts, standing }, trail, deps),
    );
    const whole = { nanoUsd: nanoUsd(heldNanoUsd), source: 'hold', estimated: true } as const;
    return { actual: whole, told };
  }
  const ask = present(call.ask, 'ask');
  const calledNanoUsd = toolNanoUsd(call.route, ask, closing);
  const actual = weighActual({
    price: present(call.price, 'price'),
    priceOfOther: (model) =>
      call.route.models.get(model) ?? priceOf(call.route.provider?.kind ?? 'openai', model),
    estimate: estimateAfterCalls(
      present(call.estimate, 'estimate'),
      ask.isFree ? 0 : toolNanoUsdMax(call.route, ask),
      calledNanoUsd,
    ),
    heldNanoUsd,
    isFree: ask.isFree,
    toolNanoUsd: calledNanoUsd,
    ...closing,
    ending: weighedAs(call, closing),
  });
  // What did not reach the caller of a loop, it cannot call.
  const isSeen = closing.streamed || closing.ending === 'complete' || call.loop !== null;
  const amounts = usedUnits(ask, call.route.allow, { ...closing, isSeen }, actual);
  // Heard of first: whoever has read the answer to its end may go on with the conversation.
  const kept = deps.shelves.keep(call, closing.answer, didAnswer(closing));
  const told = conclude(reservation, { closing, actual, amounts }, trail, deps);
  return { actual, told: Promise.all([told, kept]).then(() => undefined) };
}

type Outcome = {
  readonly closing: Closing;
  readonly actual: Actual;
  readonly amounts: Amounts;
  /** Of a run. */
  readonly standing?: RunStanding | null;
};

/** Writes the record and tells every object, once. */
function conclude(
  reservation: Reservation,
  { closing, actual, amounts, standing }: Outcome,
  trail: Trail,
  deps: Deps,
): Promise<void> {
  const { call } = reservation;
  const facts = decisionRecord(reservation, closing, actual, trail, deps);
  const record = JSON.stringify(standing === undefined ? facts : { ...facts, run: standing });
  logJson('call', record);
  if (actual.nanoUsd > closing.hold.lastNanoUsd) logJson('estimate-overrun', record);
  const recordAddress = recordHomeOf(call, deps);
  return tellAll(
    reservation,
    { kind: 'settle', amounts, estimated: actual.estimated },
    (address) => (address === recordAddress ? record : null),
    deps,
    answerOf(call, closing),
  );
}
