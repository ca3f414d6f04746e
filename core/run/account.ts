// The account of a run: what its steps and its origin's reports have come to, against the ceilings
// of its grant. It is one account in one object, `run:<id>`, opened by the first step and forgotten
// two days after the last. Two marks, written as caps, end it: from the first on no step begins and
// none grows, from the second on no report is taken.

import type { RunTicket } from '../call.ts';
import type { AccountAsk, AccountView } from '../ledger/messages.ts';
import type { CounterView, Limit } from '../ledger/account.ts';
import type { Unit } from '../ledger/unit.ts';

const PREFIX = 'run:';

export const runPrincipal = (id: string): string => `${PREFIX}${id}`;
export const isRun = (principal: string): boolean => principal.startsWith(PREFIX);

/** More reports than this are a loop. */
export const REPORTS_MAX = 64;

/** Below nothing, so that not even a free step fits. */
export const CLOSED_CAP = -1;
export const SETTLED_CAP = -2;

const UNBOUNDED = Number.MAX_SAFE_INTEGER;

const limit = (unit: Unit, cap: number): Limit => ({ window: 'run', unit, cap });

/** Of these two the run keeps a count and has no ceiling. */
const COUNTED: readonly Limit[] = [
  limit('inputTokens', UNBOUNDED),
  limit('outputTokens', UNBOUNDED),
];

/** The counter that carries the marks. */
export const MONEY = { window: 'run', unit: 'nanoUsd' } as const;

export const runLimits = (ticket: RunTicket): readonly Limit[] => [
  limit('nanoUsd', ticket.nanoUsdMax),
  limit('agentSteps', ticket.stepsMax),
  limit('toolCalls', ticket.toolCallsMax),
  ...COUNTED,
];

/** A report is counted as a request: steps are not. */
export const reportLimits = (ticket: RunTicket): readonly Limit[] => [
  ...runLimits(ticket),
  limit('requests', REPORTS_MAX),
];

/** A step takes all it asks for of calls and steps, and of money what is left, as any call does. */
export const stepAsk = (ticket: RunTicket): AccountAsk => ({
  principal: runPrincipal(ticket.id),
  limits: runLimits(ticket),
  root: null,
});

/** Was this counter refused because its run is over? */
export const isOver = ({ cap }: Pick<CounterView, 'cap'>): boolean => cap < 0;

/** Where a run stands. */
export type RunStanding = {
  readonly usedNanoUsd: number;
  /** Of steps that have not ended. */
  readonly heldNanoUsd: number;
  readonly steps: number;
  readonly openSteps: number;
  readonly toolCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly reports: number;
  readonly isSettled: boolean;
};

/** From a view of the account under `reportLimits`. */
export function standingOf({ counters }: Pick<AccountView, 'counters'>): RunStanding {
  const of = (unit: Unit): Pick<CounterView, 'used' | 'held' | 'cap'> =>
    counters.find((counter) => counter.unit === unit) ?? { used: 0, held: 0, cap: 0 };
  const money = of('nanoUsd');
  const steps = of('agentSteps');
  return {
    usedNanoUsd: money.used,
    heldNanoUsd: money.held,
    steps: steps.used + steps.held,
    openSteps: steps.held,
    toolCalls: of('toolCalls').used + of('toolCalls').held,
    inputTokens: of('inputTokens').used + of('inputTokens').held,
    outputTokens: of('outputTokens').used + of('outputTokens').held,
    reports: of('requests').used,
    isSettled: money.cap === SETTLED_CAP,
  };
}
