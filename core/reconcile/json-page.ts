// A page of a provider's reporting API: buckets of time with results in them, `has_more` at its
// end. Makes one flat record of each result, with its bucket's times, and one without results of
// each empty bucket. Numbers stay the text they were: no float stands between an amount and us.

import { parseStrictJson } from '../json.ts';
import { err, ok, type Result } from '../result.ts';
import { type ErrorList, type ExportError, errorsOf, quoted, ROWS_MAX } from './export.ts';
import type { ExportRecord } from './record.ts';

export type JsonPage = {
  readonly records: readonly ExportRecord[];
  readonly hasMore: boolean;
  /** As the file writes them; null of a page without buckets. */
  readonly firstStart: string | null;
  readonly lastEnd: string | null;
};

const DEPTH_MAX = 12;
const KEYS_MAX = 4_000_000;
const START_NAMES = ['start_time', 'starting_at'];
const END_NAMES = ['end_time', 'ending_at'];

type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context: { readonly source?: string },
) => unknown;

/** Numbers as their literals. The text is known to be JSON. */
const parseLiterals = (text: string): unknown => {
  const parse = JSON.parse as (source: string, reviver: Reviver) => unknown;
  return parse(text, (_key, value, context) =>
    typeof value === 'number' ? (context.source ?? '?') : value,
  );
};

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function flatten(prefix: string, value: unknown, into: Map<string, string>): void {
  if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      flatten(prefix === '' ? key : `${prefix}_${key}`, inner, into);
    }
  } else if (typeof value === 'boolean') into.set(prefix, String(value));
  else if (typeof value === 'string' && value !== '') into.set(prefix, value);
}

const timesOf = (bucket: Json): Map<string, string> => {
  const times = new Map<string, string>();
  for (const name of [...START_NAMES, ...END_NAMES]) flatten(name, bucket[name], times);
  return times;
};

const firstOf = (times: ReadonlyMap<string, string>, names: readonly string[]): string | null =>
  names.map((name) => times.get(name)).find((time) => time !== undefined) ?? null;

/** An empty bucket counts as one: it becomes a record too. */
function resultsIn(root: unknown): number {
  if (!isObject(root) || !Array.isArray(root['data'])) return 0;
  const buckets: readonly unknown[] = root['data'];
  return buckets.reduce<number>((sum, bucket) => {
    const results = isObject(bucket) ? bucket['results'] : null;
    return sum + (Array.isArray(results) ? Math.max(1, results.length) : 1);
  }, 0);
}

function recordsOf(bucket: Json, at: string, errors: ErrorList): ExportRecord[] {
  const times = timesOf(bucket);
  if (firstOf(times, START_NAMES) === null) errors.say(at, 'has no start_time or starting_at');
  if (!Array.isArray(bucket['results'])) {
    errors.say(at, 'has no list of results');
    return [];
  }
  const results: readonly unknown[] = bucket['results'];
  if (results.length === 0) return [{ where: at, fields: times, empty: true }];
  return results.map((result, index) => {
    const where = `${at}.results[${String(index)}]`;
    const fields = new Map<string, string>();
    if (isObject(result)) flatten('', result, fields);
    else errors.say(where, 'is not an object');
    for (const [name, time] of times) fields.set(name, time);
    return { where, fields, empty: false };
  });
}

export function readJsonPage(file: string, text: string): Result<JsonPage, readonly ExportError[]> {
  const errors = errorsOf(file);
  const refuse = (sentence: string) => err([{ file, where: 'file', sentence }]);
  const strict = parseStrictJson(text, { depthMax: DEPTH_MAX, keysMax: KEYS_MAX });
  if (!strict.ok) {
    return refuse(`is not JSON we take (${strict.error.reason}): ${quoted(strict.error.what)}`);
  }
  // Counted before the slower reading of literals.
  const results = resultsIn(strict.value);
  if (results > ROWS_MAX) return refuse(`has more than ${String(ROWS_MAX)} results`);
  const root = parseLiterals(text);
  if (!isObject(root) || !Array.isArray(root['data'])) {
    return refuse('has no list called data: is it an answer of the reporting API?');
  }
  if (typeof root['has_more'] !== 'boolean') {
    errors.say('file', 'does not say has_more, so nobody knows whether it is whole');
  }
  const buckets: readonly unknown[] = root['data'];
  const records: ExportRecord[] = [];
  for (const [index, bucket] of buckets.entries()) {
    const at = `data[${String(index)}]`;
    if (!isObject(bucket)) errors.say(at, 'is not an object');
    else for (const record of recordsOf(bucket, at, errors)) records.push(record);
  }
  const found = errors.all();
  if (found.length > 0) return err(found);
  const [first, last] = [buckets.at(0), buckets.at(-1)];
  return ok({
    records,
    hasMore: root['has_more'] === true,
    firstStart: isObject(first) ? firstOf(timesOf(first), START_NAMES) : null,
    lastEnd: isObject(last) ? firstOf(timesOf(last), END_NAMES) : null,
  });
}
