// Calendar windows in UTC. A window is a number that only grows, so two times are in the same
// window exactly when their numbers are equal, and a clock that steps back can be told from a new
// window.

export type WindowKind = 'day' | 'month' | 'now';

const DAY_MS = 86_400_000;

/** `day`: days since 1970. `month`: months since year 0. `now`: always 0, it never turns over. */
export function windowId(kind: WindowKind, timeMs: number): number {
  switch (kind) {
    case 'day':
      return Math.floor(timeMs / DAY_MS);
    case 'month': {
      const date = new Date(timeMs);
      return date.getUTCFullYear() * 12 + date.getUTCMonth();
    }
    case 'now':
      return 0;
  }
}

/** When the window of this number ends, or null for one that never does. */
export function windowEndsAtMs(kind: WindowKind, id: number): number | null {
  switch (kind) {
    case 'day':
      return (id + 1) * DAY_MS;
    case 'month':
      return Date.UTC(Math.floor((id + 1) / 12), (id + 1) % 12, 1);
    case 'now':
      return null;
  }
}

/** Length for the `w` parameter of RateLimit-Policy, in seconds; months count as 30 days. */
export function windowSeconds(kind: WindowKind): number | null {
  switch (kind) {
    case 'day':
      return 86_400;
    case 'month':
      return 30 * 86_400;
    case 'now':
      return null;
  }
}
