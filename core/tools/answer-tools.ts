// The calls of tools in an answer of one piece: which, and whether their inputs fit.

import type { CalledTools } from '../dialects/dialect.ts';
import { record } from '../dialects/json-value.ts';
import type { Route } from '../policy/policy.ts';
import { checkInputs } from './check-inputs.ts';
import { isWatched } from './tool-watch.ts';

/** Null where nobody looks at them. */
export function answerTools(route: Route, answer: unknown): CalledTools | null {
  const { tools, dialect } = route;
  if (tools === null || dialect.anatomy === undefined || !isWatched(tools)) return null;
  const calls = dialect.anatomy.callsIn(record(answer));
  const times = new Map<string, number>();
  for (const { name } of calls) times.set(name, (times.get(name) ?? 0) + 1);
  const inputs = checkInputs(calls, tools.known);
  const isUnfit = tools.inputs === 'cut' && inputs.invalid.length > 0;
  // What nobody sees, nobody runs.
  return isUnfit
    ? { times: new Map(), inputs, refused: 'cut-inputs' }
    : { times, inputs, refused: null };
}
