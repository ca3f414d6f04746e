// Days in UTC as `2026-11-21`, and the day a provider's bucket of time lies in. A bucket that
// reaches over midnight has no day and is refused: its tokens could not be told apart.

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SECONDS = /^\d{1,11}(?:\.0+)?$/;
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(?:Z|[+]00:?00)?$/;
const SECOND_MS = 1_000;

export const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);

export function isDay(text: string): boolean {
  if (!DAY.test(text)) return false;
  const timeMs = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(timeMs) && dayOf(timeMs) === text;
}

/** Milliseconds of seconds since 1970, or of a date with or without a time, in UTC; else null. */
function timeOf(text: string): number | null {
  if (SECONDS.test(text)) return Number(text) * SECOND_MS;
  const day = INSTANT.exec(text)?.[1];
  if (day === undefined || !isDay(day)) return null;
  if (text.length === day.length) return Date.parse(`${day}T00:00:00Z`);
  const timeMs = Date.parse(`${text.replace(' ', 'T').replace(/(?:Z|[+]00:?00)$/, '')}Z`);
  return Number.isNaN(timeMs) ? null : timeMs;
}

/** The day of a bucket from `start` up to and without `end`, or a sentence why it has none. */
export function dayOfBucket(
  start: string,
  end: string | null,
): { readonly day: string } | { readonly sentence: string } {
  const startMs = timeOf(start);
  if (startMs === null) return { sentence: `begins at ${JSON.stringify(start)}, not a UTC time` };
  const day = dayOf(startMs);
  if (end === null) return { day };
  const endMs = timeOf(end);
  if (endMs === null) return { sentence: `ends at ${JSON.stringify(end)}, not a UTC time` };
  if (endMs <= startMs) return { sentence: 'ends before it begins' };
  if (dayOf(endMs - 1) !== day) {
    return { sentence: 'reaches over a UTC midnight: export it with buckets of a day or less' };
  }
  return { day };
}
