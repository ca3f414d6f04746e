// Tools that have a price of their own, beside the tokens: what is held for an answer that may call
// them, and what the calls that were seen come to. Such an answer may make only so many calls.

import type { Ask, CalledTools } from '../dialects/dialect.ts';
import { nanoUsd } from '../money.ts';
import type { Route, Tool } from '../policy/policy.ts';
import type { Estimate } from './estimate.ts';

/** Calls that one answer may make where nobody says otherwise; recorded ones make a handful. */
export const ANSWER_TOOL_CALLS_MAX = 16;

type Tooled = Pick<Route, 'tools' | 'app' | 'dialect'>;

const dearest = (tools: readonly Pick<Tool, 'nanoUsdPerCall'>[]): number =>
  tools.reduce((most, { nanoUsdPerCall }) => Math.max(most, nanoUsdPerCall), 0);

/** Those that the policy describes to this route. */
const knownTo = ({ tools, app }: Tooled): readonly Tool[] =>
  tools === null ? (app?.definitions ?? []) : [...tools.known.values()];

/** More calls than are held for may not come. Null where nobody says so and calls cost nothing. */
export const answerToolCallsMax = (route: Tooled): number | null =>
  route.tools?.callsPerAnswerMax ?? (dearest(knownTo(route)) === 0 ? null : ANSWER_TOOL_CALLS_MAX);

/** Every call that an answer may make, each of the dearest tool that the request offers. */
export function toolNanoUsdMax(route: Tooled, { body }: Ask): number {
  const callsMax = answerToolCallsMax(route);
  const { anatomy } = route.dialect;
  if (callsMax === null || anatomy === undefined) return 0;
  const offered = new Set(anatomy.tools(body).map(({ name }) => name));
  return callsMax * dearest(knownTo(route).filter(({ name }) => offered.has(name)));
}

type Called = {
  readonly toolCalls: number;
  readonly calledTools: CalledTools | null;
};

/**
 * Of the calls that were seen, by their names; one that could not be told apart costs what the
 * dearest does. Never more than was held: what would be more did not pass.
 */
export function toolNanoUsd(route: Tooled, ask: Ask, { toolCalls, calledTools }: Called): number {
  const heldNanoUsd = toolNanoUsdMax(route, ask);
  if (heldNanoUsd === 0) return 0;
  const known = knownTo(route);
  const most = dearest(known);
  let named = 0;
  let total = 0;
  for (const [name, times] of calledTools?.times ?? []) {
    const tool = known.find((one) => one.name === name);
    named += times;
    total += times * (name === '' ? most : (tool?.nanoUsdPerCall ?? 0));
  }
  return Math.min(heldNanoUsd, total + Math.max(0, toolCalls - named) * most);
}

/** The estimate with the calls that were made in the place of all that might have been. */
export const estimateAfterCalls = (
  estimate: Estimate,
  heldNanoUsd: number,
  calledNanoUsd: number,
): Estimate =>
  heldNanoUsd === 0
    ? estimate
    : {
        ...estimate,
        inputNanoUsd: nanoUsd(estimate.inputNanoUsd - heldNanoUsd + calledNanoUsd),
      };
