// The account of a run that begins with its first call and is over after its time. It answers with
// the account as the next call of the run finds it; what is over is begun anew, never gone on with.

import { type Account, accountTimeMs, cellAt, EMPTY_ACCOUNT } from './account.ts';
import type { RunAsk } from './messages.ts';

const STEPS = { window: 'run', unit: 'agentSteps', cap: 0 } as const;

/** Null: there is no run to go on with. Time is this object's. */
export function begun(
  account: Account,
  { mustExist, msMax }: RunAsk,
  nowMs: number,
): Account | null {
  const timeMs = accountTimeMs(account, nowMs);
  const { used, held } = cellAt(account, STEPS, nowMs);
  const isOpen = used + held > 0 && timeMs < (account.beganAtMs ?? 0) + msMax;
  if (isOpen) return account;
  if (mustExist) return null;
  // What is still on hold there ends there.
  if (held > 0) return account;
  return { ...EMPTY_ACCOUNT, caps: account.caps, clockMs: timeMs, beganAtMs: timeMs };
}
