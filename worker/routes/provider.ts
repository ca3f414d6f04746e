// `/_weighbridge/provider/{name}/…`: the model calls of an app's own server. The grant that came
// with the request it is answering is the key; the path names the provider and what it speaks,
// among those that the run's route allows. Everything else about a step is as about any call.

import type { Denial } from '../../core/denial.ts';
import { stepAt } from '../../core/policy/match.ts';
import { STEP_PATH } from '../../core/policy/run.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Deps } from '../env.ts';
import { readShownGrant } from '../grants.ts';
import type { Addressed } from '../identify.ts';

export const isStepPath = (path: string): boolean => path.startsWith(`${STEP_PATH}/`);

/** The step that a request means, and the run that pays for it. */
export function stepOf(request: Request, path: string, deps: Deps): Result<Addressed, Denial> {
  const granted = readShownGrant(request.headers, deps);
  if (!granted.ok) return granted;
  const { route, ticket } = granted.value;
  const step = stepAt(route, path);
  if (step === null) return err({ kind: 'path-unknown' });
  if (request.method !== step.route.method) {
    return err({ kind: 'method-not-allowed', allow: step.route.method });
  }
  return ok({ ...step, run: ticket });
}
