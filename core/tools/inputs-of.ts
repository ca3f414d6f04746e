// What a record says of the inputs of tools: those that the request repeats of earlier turns, and
// those of the answer.

import type { Call } from '../call.ts';
import type { CalledTools } from '../dialects/dialect.ts';
import { record } from '../dialects/json-value.ts';
import { checkInputs, type InputCheck, NO_CHECK } from './check-inputs.ts';

export type ToolInputs = InputCheck & { readonly before: InputCheck };

/** Null where the route does not look at them. */
export function toolInputsOf(
  { route, body }: Pick<Call, 'route' | 'body'>,
  called: CalledTools | null,
): ToolInputs | null {
  const { tools, dialect } = route;
  const { anatomy } = dialect;
  if (tools === null || anatomy === undefined || (tools.inputs ?? 'ignore') === 'ignore') {
    return null;
  }
  const before = checkInputs(anatomy.callsBefore(record(body?.json)), tools.known);
  return { ...(called?.inputs ?? NO_CHECK), before };
}
