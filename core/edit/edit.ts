// An edit is a rule about single places of a request's JSON: it leaves them, changes them and says
// so, or refuses the request. It is applied before the dialect reads the request, so that what is
// read, priced and sent is what the rules left.

import type { Change } from '../call.ts';
import type { Denial } from '../denial.ts';
import type { Json } from '../dialects/json-value.ts';
import type { Route } from '../policy/policy.ts';
import type { Result } from '../result.ts';

export type Edited = { readonly json: Json; readonly changes: readonly Change[] };

export type Edit = {
  readonly name: string;
  /** Null where nothing is to be changed. `isTried`: what it would refuse is left as it is. */
  edit(json: Json, route: Route, isTried?: boolean): Result<Edited | null, Denial>;
};
