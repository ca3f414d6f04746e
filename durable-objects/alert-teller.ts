// Tells an operator: a line in the log, which is the truth, and a row in `Control`'s list, which is
// a convenience. Nobody waits for the second, and what cannot be listed is not tried again: a list
// that is flooded must not become a queue.

import { CONTROL, type ControlPort } from '../core/control/messages.ts';
import type { Alert } from '../core/ledger/alert.ts';
import { inTime } from './in-time.ts';
import { logFromLedger } from './ledger-log.ts';
import type { LedgerBindings } from './ledger-object.ts';

/** On their way to `Control` at one time; of more there is a line only. */
const TELLING_MAX = 16;
const TELL_MS_MAX = 5_000;

export class AlertTeller {
  readonly #env: Pick<LedgerBindings, 'CONTROL'>;
  #telling = 0;

  constructor(env: Pick<LedgerBindings, 'CONTROL'>) {
    this.#env = env;
  }

  tell(alert: Alert): void {
    logFromLedger('alert', alert);
    if (this.#telling < TELLING_MAX) void this.#list(alert);
  }

  /** Never throws. */
  async #list(alert: Alert): Promise<void> {
    this.#telling += 1;
    try {
      const control = this.#env.CONTROL.getByName(CONTROL) as ControlPort;
      await inTime(control.alerted(alert), TELL_MS_MAX);
    } catch (cause) {
      const { id, principal, percent } = alert;
      logFromLedger('alert-not-listed', { id, principal, percent, cause: String(cause) });
    } finally {
      this.#telling -= 1;
    }
  }
}
