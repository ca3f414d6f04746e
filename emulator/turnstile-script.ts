/**
 * What the next siteverify calls do instead of answering, and how many there have been. It refuses
 * a script that is not one, with a sentence, and keeps the one in force.
 */
const SITE_FAULTS = ['none', 'timeout', '500', 'garbage', 'internal-error', 'fail'] as const;
export type SiteFault = (typeof SITE_FAULTS)[number];

const TIMES_MAX = 1_000_000_000;

export class SiteScript {
  calls = 0;
  /** The last question, without the secret. */
  last: Readonly<Record<string, string>> | null = null;
  #fault: SiteFault = 'none';
  #times = 0;

  /** Null, or what is wrong with the script. */
  replace(bodyText: string): string | null {
    let value: unknown;
    try {
      value = JSON.parse(bodyText === '' ? '{}' : bodyText);
    } catch {
      return 'The script is not valid JSON.';
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return 'The script must be a JSON object.';
    }
    const { fault = 'none', times = TIMES_MAX, ...rest } = value as Record<string, unknown>;
    const [unknown] = Object.keys(rest);
    if (unknown !== undefined) return `The script has no member "${unknown.slice(0, 60)}".`;
    const known = SITE_FAULTS.find((one) => one === fault);
    if (known === undefined) return `"fault" must be one of ${SITE_FAULTS.join(', ')}.`;
    if (typeof times !== 'number' || !Number.isInteger(times) || times < 1 || times > TIMES_MAX) {
      return `"times" must be a whole number between 1 and ${TIMES_MAX}.`;
    }
    this.#fault = known;
    this.#times = times;
    return null;
  }

  /** What the call that has just arrived does. */
  take(): SiteFault {
    this.calls += 1;
    if (this.#times === 0) return 'none';
    this.#times -= 1;
    return this.#fault;
  }

  forget(): void {
    this.calls = 0;
    this.last = null;
    this.#fault = 'none';
    this.#times = 0;
  }
}
