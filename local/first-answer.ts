// Whether a gateway that was just started serves, and if it does not, what it lacks. A gateway
// tells no caller what that is, so its health is asked and its log is heard. Changes nothing.

import { setTimeout as wait } from 'node:timers/promises';

/** The line is written before the answer, and comes another way. */
const LINE_MS_MAX = 2_000;

type Logged = { readonly event?: unknown; readonly missing?: unknown };

function missingOf(line: string): readonly string[] | null {
  try {
    const { event, missing } = JSON.parse(line) as Logged;
    return event === 'misconfigured' && Array.isArray(missing) ? missing.map(String) : null;
  } catch {
    return null;
  }
}

export class FirstAnswer {
  #tell: (missing: readonly string[]) => void = () => undefined;
  readonly #told = new Promise<readonly string[]>((resolve) => {
    this.#tell = resolve;
  });

  /** For every line of the gateway's log. */
  hear(line: string): void {
    const missing = missingOf(line);
    if (missing !== null) this.#tell(missing);
  }

  /** What has to be set before this gateway serves, by name; empty if it serves. */
  async missing(gatewayUrl: string): Promise<readonly string[]> {
    const answer = await fetch(`${gatewayUrl}/_weighbridge/health`);
    await answer.body?.cancel();
    if (answer.ok) return [];
    const silence = wait(LINE_MS_MAX, [`its health is ${String(answer.status)}`], { ref: false });
    return Promise.race([this.#told, silence]);
  }
}
