// A decision is a value. `Result` carries either what was decided or why it was refused; nothing in
// `core/` throws for something a caller did. Throwing is for our own bugs.

export type Result<Value, Failure> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: Failure };

export const ok = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({
  ok: true,
  value,
});

export const err = <Failure>(error: Failure): { readonly ok: false; readonly error: Failure } => ({
  ok: false,
  error,
});

/** A bug of ours: a step was reached without what an earlier step owed it. Ends as a 500. */
export class Fault extends Error {
  override name = 'Fault';
}

/** Unwraps what an earlier step must have filled in. */
export function present<Value>(value: Value | null | undefined, name: string): Value {
  if (value === null || value === undefined) throw new Fault(`missing: ${name}`);
  return value;
}
