// The edits, in order.

import type { Change } from '../call.ts';
import type { Denial } from '../denial.ts';
import type { Json } from '../dialects/json-value.ts';
import type { Route } from '../policy/policy.ts';
import { ok, type Result } from '../result.ts';
import { choices } from './choices.ts';
import { defaultModel } from './default-model.ts';
import type { Edit, Edited } from './edit.ts';
import { fields } from './fields.ts';
import { systemMessages } from './system-messages.ts';
import { tools } from './tools.ts';

export const EDITS = [
  defaultModel,
  fields,
  choices,
  systemMessages,
  tools,
] as const satisfies readonly Edit[];

/** All of them, one upon the other. `isTried`: refusals are only tried out, the rest is edited. */
export function edited(json: Json, route: Route, isTried = false): Result<Edited, Denial> {
  let current = json;
  const changes: Change[] = [];
  for (const rule of EDITS) {
    const result = rule.edit(current, route, isTried);
    if (!result.ok) return result;
    if (result.value === null) continue;
    current = result.value.json;
    changes.push(...result.value.changes);
  }
  return ok({ json: current, changes });
}
