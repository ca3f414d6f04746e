// What runs and their steps take of a ledger beside money: a run all it may do, a step itself and
// the calls of tools that its answer may hold.

import type { Call } from '../call.ts';
import type { Amounts } from '../ledger/unit.ts';
import { ANSWER_TOOL_CALLS_MAX, answerToolCallsMax } from '../pricing/tool-price.ts';

/** Calls of tools that one answer of a step may begin. */
export const STEP_TOOL_CALLS_MAX = ANSWER_TOOL_CALLS_MAX;

type RunCall = Pick<Call, 'ask' | 'run' | 'loop' | 'route'>;

/** Nothing for a call that has nothing to do with a run. */
export function agentAmounts({ ask, run: ticket, loop, route }: RunCall): Amounts {
  const { run, tools } = route;
  if (run !== null) return { runs: 1, agentSteps: run.stepsMax, toolCalls: run.toolCallsMax };
  if (ticket === null && loop === null) return {};
  const step = { agentSteps: 1, ...(loop?.isContinuation === false ? { runs: 1 } : {}) };
  const offered = ask === null ? 0 : ask.tools + ask.serverTools.length;
  // Where no call is left a last answer can be asked for, without tools.
  if (offered === 0) return step;
  const most = tools?.callsPerAnswerMax ?? STEP_TOOL_CALLS_MAX;
  return { ...step, toolCalls: Math.min(most, route.loop?.toolCallsMax ?? most) };
}

/** Less than this is refused. A run whose caller has no call of a tool left may do without. */
export function agentLeast(call: RunCall): Amounts {
  const { toolCalls } = agentAmounts(call);
  if (call.route.run !== null) return { agentSteps: 1, toolCalls: 0 };
  // A caller's own loop may always ask for an answer without tools: it is told to.
  if (call.loop !== null) return { agentSteps: 1, toolCalls: 0 };
  if (call.run === null) return {};
  return toolCalls === undefined ? { agentSteps: 1 } : { agentSteps: 1, toolCalls: 1 };
}

/** Calls of tools that may pass in this call's answer; null where nobody counts them. */
export function answerCallsMax({ run, loop, route }: RunCall, granted: Amounts): number | null {
  const own = answerToolCallsMax(route) ?? Number.POSITIVE_INFINITY;
  const left = run === null && loop === null ? own : (granted.toolCalls ?? 0);
  const most = Math.min(own, left);
  return most === Number.POSITIVE_INFINITY ? null : most;
}
