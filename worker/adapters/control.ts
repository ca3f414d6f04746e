// `Control` as the Worker reaches it: for the operator's API, and for the few calls that no shard
// can hold against the switches. A stub is made for every use: one that has failed once is dead.

import { CONTROL, type ControlPort } from '../../core/control/messages.ts';
import { isCut, switchFor, type SwitchTable, tableOf } from '../../core/control/switch.ts';
import type { Env } from '../env.ts';

/** Below every epoch: all of it. */
const NOTHING_KNOWN = -1;
const ANSWER_MS_MAX = 1_000;

export class Controls {
  readonly #env: Pick<Env, 'CONTROL'>;
  readonly #nowMs: () => number;

  constructor(env: Pick<Env, 'CONTROL'>, nowMs: () => number) {
    this.#env = env;
    this.#nowMs = nowMs;
  }

  get port(): ControlPort {
    return this.#env.CONTROL.getByName(CONTROL);
  }

  /** Null if it is silent. */
  async #table(): Promise<SwitchTable | null> {
    const late = scheduler.wait(ANSWER_MS_MAX).then(() => null);
    const news = await Promise.race([this.port.pull(NOTHING_KNOWN), late]).catch(() => null);
    return news === null ? null : tableOf(news.switches ?? []);
  }

  /** False also where nobody can say. */
  async mayBegin(names: readonly string[]): Promise<boolean> {
    const table = await this.#table();
    return table !== null && switchFor(table, names, false, this.#nowMs()) === null;
  }

  /** A call that runs is let run where nobody can say. */
  async mayGoOn(names: readonly string[]): Promise<boolean> {
    const table = await this.#table();
    return table === null || !isCut(table, names, this.#nowMs());
  }
}
