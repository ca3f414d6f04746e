/**
 * Holds the one script in force and hands it to each call that arrives; when its times are used
 * up, or it is forgotten, the default behaviour is in force again. It never queues scripts.
 */
import type { Fixture } from './fixture-library.ts';
import { parseScript } from './script.ts';
import type { Script } from './script.ts';
import { ScriptRun } from './script-run.ts';

export class ScriptSlot {
  readonly #defaultRun = new ScriptRun(parseScript('{}'), undefined);
  #run: ScriptRun = this.#defaultRun;

  replace(script: Script, fixture: Fixture | undefined): void {
    this.#run.openGate();
    this.#run = new ScriptRun(script, fixture);
  }

  forget(): void {
    this.#run.openGate();
    this.#run = this.#defaultRun;
  }

  /** The run that serves the next call. */
  take(): ScriptRun {
    if (this.#run.spent) this.#run = this.#defaultRun;
    return this.#run;
  }
}
