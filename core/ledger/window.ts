// Windows of time a budget is counted in. Calendar windows are UTC. A window is a number that only
// grows, so two times are in the same window exactly when their numbers are equal, and a clock that
// steps back can be told from a new window. Rolling windows have one number: they leak instead of
// turning over (`rolling.ts`).

export const WINDOWS = [
  'now',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'lifetime',
  'run',
  'rolling-minute',
  'rolling-hour',
  'rolling-day',
  'rolling-week',
] as const;
export type WindowKind = (typeof WINDOWS)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-01 was a Thursday; weeks begin on Monday (ISO 8601). */
const MONDAY_SHIFT_MS = 3 * DAY_MS;

/** How long a rolling window is, or null for any other. */
export function rollingPeriodMs(kind: WindowKind): number | null {
  switch (kind) {
    case 'rolling-minute':
      return MINUTE_MS;
    case 'rolling-hour':
      return HOUR_MS;
    case 'rolling-day':
      return DAY_MS;
    case 'rolling-week':
      return WEEK_MS;
    default:
      return null;
  }
}

/** Minutes, hours, days, Monday weeks since 1970; months since year 0; 0 where nothing turns. */
export function windowId(kind: WindowKind, timeMs: number): number {
  switch (kind) {
    case 'minute':
      return Math.floor(timeMs / MINUTE_MS);
    case 'hour':
      return Math.floor(timeMs / HOUR_MS);
    case 'day':
      return Math.floor(timeMs / DAY_MS);
    case 'week':
      return Math.floor((timeMs + MONDAY_SHIFT_MS) / WEEK_MS);
    case 'month': {
      const date = new Date(timeMs);
      return date.getUTCFullYear() * 12 + date.getUTCMonth();
    }
    default:
      return 0;
  }
}

/** When the window of this number ends, or null for one that never does. */
export function windowEndsAtMs(kind: WindowKind, id: number): number | null {
  switch (kind) {
    case 'minute':
      return (id + 1) * MINUTE_MS;
    case 'hour':
      return (id + 1) * HOUR_MS;
    case 'day':
      return (id + 1) * DAY_MS;
    case 'week':
      return (id + 1) * WEEK_MS - MONDAY_SHIFT_MS;
    case 'month':
      return Date.UTC(Math.floor((id + 1) / 12), (id + 1) % 12, 1);
    default:
      return null;
  }
}

const MONTH_DAYS = 30;

/** Length for the `w` parameter of RateLimit-Policy, in seconds; months count as 30 days. */
export function windowSeconds(kind: WindowKind): number | null {
  switch (kind) {
    case 'minute':
      return MINUTE_MS / 1_000;
    case 'hour':
      return HOUR_MS / 1_000;
    case 'day':
      return DAY_MS / 1_000;
    case 'week':
      return WEEK_MS / 1_000;
    case 'month':
      return (MONTH_DAYS * DAY_MS) / 1_000;
    default: {
      const periodMs = rollingPeriodMs(kind);
      return periodMs === null ? null : periodMs / 1_000;
    }
  }
}

/** Does a budget in this window come back by waiting? */
export const comesBack = (kind: WindowKind): boolean => kind !== 'lifetime' && kind !== 'run';
