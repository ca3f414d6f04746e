// What runs and their steps take of a ledger beside money: a run all it may do, a step itself and
// the calls of tools that its answer may hold.

import type { Call } from '../call.ts';
import type { Amounts } from '../ledger/unit.ts';

/** Calls of tools that one answer may begin; recorded answers have at most a handful at once. */
export const STEP_TOOL_CALLS_MAX = 16;

type RunCall = Pick<Call, 'ask' | 'run' | 'route'>;

/** Nothing for a call that has nothing to do with a run. */
export function agentAmounts({ ask, run: ticket, route: { run } }: RunCall): Amounts {
  if (run !== null) return { agentSteps: run.stepsMax, toolCalls: run.toolCallsMax };
  if (ticket === null) return {};
  const offered = ask === null ? 0 : ask.tools + ask.serverTools.length;
  // Where no call is left a last answer can be asked for, without tools.
  return offered === 0 ? { agentSteps: 1 } : { agentSteps: 1, toolCalls: STEP_TOOL_CALLS_MAX };
}

/** Less than this is refused. A run whose caller has no call of a tool left may do without. */
export function agentLeast(call: RunCall): Amounts {
  const { toolCalls } = agentAmounts(call);
  if (call.route.run !== null) return { agentSteps: 1, toolCalls: 0 };
  if (call.run === null) return {};
  return toolCalls === undefined ? { agentSteps: 1 } : { agentSteps: 1, toolCalls: 1 };
}
