// Do calls of tools have inputs that fit what the policy says their tools take? Tools that it does
// not describe are not looked at.

import type { ToolCall } from '../dialects/anatomy.ts';
import { fits } from '../json-schema/fits.ts';
import type { Tool } from '../policy/policy.ts';

/** Names that are remembered of calls that do not fit. */
export const INVALID_MAX = 16;

export type InputCheck = {
  readonly checked: number;
  /** Names of the tools, one for each call. */
  readonly invalid: readonly string[];
};

export const NO_CHECK: InputCheck = { checked: 0, invalid: [] };

export function checkInputs(
  calls: readonly ToolCall[],
  known: ReadonlyMap<string, Tool>,
): InputCheck {
  let checked = 0;
  const invalid: string[] = [];
  for (const { name, input } of calls) {
    const tool = known.get(name);
    if (tool === undefined) continue;
    checked += 1;
    if (invalid.length < INVALID_MAX && !fits(tool.parameters, input)) invalid.push(name);
  }
  return { checked, invalid };
}
