// From the text of exports to rows. Which format a file has is decided by what is in it, never by
// its name; a file that is none of the known ones, a page whose next page is missing and the same
// file twice are refused. All that is wrong with all files is said at once.

import { err, ok, type Result } from '../result.ts';
import { anthropicCosts } from './anthropic-costs.ts';
import { anthropicUsage } from './anthropic-usage.ts';
import { readCsv } from './csv.ts';
import { dayOfBucket } from './day.ts';
import {
  type ErrorList,
  type ExportError,
  errorsOf,
  FILES_MAX,
  type ProviderRow,
  ROWS_MAX,
  TEXT_CHARS_MAX,
} from './export.ts';
import { endOf, type ExportFormat, startOf } from './format.ts';
import { readJsonPage } from './json-page.ts';
import { openaiCosts } from './openai-costs.ts';
import { openaiUsage } from './openai-usage.ts';
import { type ExportRecord, fieldsOf } from './record.ts';

const FORMATS: readonly ExportFormat[] = [openaiUsage, openaiCosts, anthropicUsage, anthropicCosts];

const TIME_COLUMNS = new Set(['start_time', 'end_time', 'start_time_iso', 'end_time_iso']);

const UNKNOWN =
  'is none of the exports we read: OpenAI usage of completions or costs, Anthropic usage of ' +
  'messages or costs, as JSON of the API or as CSV';

type Page = {
  readonly hasMore: boolean;
  readonly start: string | null;
  readonly end: string | null;
};

/** One file, read. `format` is null where nothing was used, so that nothing tells the formats. */
type Reading = {
  readonly file: string;
  readonly format: ExportFormat | null;
  readonly rows: readonly ProviderRow[];
  /** All days the file is about, also those on which nothing was used. */
  readonly days: ReadonlySet<string>;
  readonly page: Page | null;
};

export type ExportFile = { readonly name: string; readonly text: string };

export type Exports = {
  readonly rows: readonly ProviderRow[];
  /** First and last day the files are about; null of files without any. */
  readonly days: { readonly from: string; readonly to: string } | null;
  readonly notes: readonly string[];
};

type Failed = { readonly ok: false; readonly error: readonly ExportError[] };

const formatOf = (names: ReadonlySet<string>): ExportFormat | null =>
  FORMATS.find(
    ({ startNames, marks }) =>
      startNames.some((name) => names.has(name)) && marks.some((name) => names.has(name)),
  ) ?? null;

function rowsOf(
  format: ExportFormat,
  records: readonly ExportRecord[],
  errors: ErrorList,
): { readonly rows: readonly ProviderRow[]; readonly days: ReadonlySet<string> } {
  const rows: ProviderRow[] = [];
  const days = new Set<string>();
  for (const record of records) {
    const fields = fieldsOf(record, errors);
    const start = startOf(format, record);
    const found =
      start === null
        ? { sentence: `has no ${format.startNames.join(' or ')}` }
        : dayOfBucket(start, endOf(format, record));
    if ('sentence' in found) fields.refuse(found.sentence);
    else days.add(found.day);
    if (record.empty) continue;
    const row = format.read(fields, 'day' in found ? found.day : '');
    if (!fields.failed()) rows.push(row);
  }
  return { rows, days };
}

function readFields(
  file: string,
  format: ExportFormat | null,
  records: readonly ExportRecord[],
  page: Page | null,
): { readonly ok: true; readonly value: Reading } | Failed {
  const errors = errorsOf(file);
  // Without anything used, any format that has the records' time reads their days.
  const reader =
    format ??
    FORMATS.find((one) => records[0] !== undefined && startOf(one, records[0]) !== null) ??
    openaiUsage;
  const { rows, days } = rowsOf(reader, records, errors);
  const found = errors.all();
  return found.length > 0 ? err(found) : ok({ file, format, rows, days, page });
}

function readJson(
  file: string,
  text: string,
): { readonly ok: true; readonly value: Reading } | Failed {
  const read = readJsonPage(file, text);
  if (!read.ok) return read;
  const { records, hasMore, firstStart, lastEnd } = read.value;
  const used = records.find((record) => !record.empty);
  const format = used === undefined ? null : formatOf(new Set(used.fields.keys()));
  if (used !== undefined && format === null) {
    return err([{ file, where: used.where, sentence: UNKNOWN }]);
  }
  return readFields(file, format, records, { hasMore, start: firstStart, end: lastEnd });
}

function readTable(
  file: string,
  text: string,
): { readonly ok: true; readonly value: Reading } | Failed {
  const read = readCsv(file, text);
  if (!read.ok) return read;
  const { columns, rows } = read.value;
  const nothingUsed =
    columns.includes('start_time') && columns.every((one) => TIME_COLUMNS.has(one));
  const format = formatOf(new Set(columns));
  if (format === null && !nothingUsed) return err([{ file, where: 'line 1', sentence: UNKNOWN }]);
  const missing = format?.csvColumns.filter((column) => !columns.includes(column)) ?? [];
  if (missing.length > 0) {
    return err(
      missing.map((column) => ({
        file,
        where: 'line 1',
        sentence: `has no column ${column}, which an export of ${format?.id ?? ''} has`,
      })),
    );
  }
  const records = rows.map(({ line, fields }) => {
    const named = new Map<string, string>();
    for (const [index, column] of columns.entries()) {
      const value = fields[index] ?? '';
      if (value !== '') named.set(column, value);
    }
    const empty = [...named.keys()].every((name) => TIME_COLUMNS.has(name));
    return { where: `line ${String(line)}`, fields: named, empty };
  });
  return readFields(file, format, records, null);
}

function readFile({
  name,
  text,
}: ExportFile): { readonly ok: true; readonly value: Reading } | Failed {
  if (text.length > TEXT_CHARS_MAX) {
    const sentence = `is longer than ${String(TEXT_CHARS_MAX)} characters: export fewer days`;
    return err([{ file: name, where: 'file', sentence }]);
  }
  const plain = text.replace(/^\uFEFF/, '');
  return /^\s*[{[]/.test(plain) ? readJson(name, plain) : readTable(name, plain);
}

/** Does `other` begin where `one` ends? */
const continues = (one: Reading, other: Reading): boolean =>
  one !== other &&
  other.page !== null &&
  other.page.start !== null &&
  other.page.start === one.page?.end &&
  (one.format === null || other.format === null || one.format === other.format);

const unfinished = (readings: readonly Reading[]): ExportError[] =>
  readings
    .filter((one) => one.page?.hasMore === true)
    .filter((one) => !readings.some((other) => continues(one, other)))
    .map(({ file }) => ({
      file,
      where: 'file',
      sentence: 'says has_more and its next page is not among the files: it is incomplete',
    }));

const NOTES_MAX = 10;

/** Days that two files of one format have rows of: right for two projects, wrong for an overlap. */
function overlaps(readings: readonly Reading[]): string[] {
  const fileOf = new Map<string, string>();
  const notes = new Set<string>();
  for (const { file, format, rows } of readings) {
    for (const day of new Set(rows.map((row) => row.day))) {
      const key = `${format?.id ?? ''} of ${day}`;
      const earlier = fileOf.get(key);
      if (earlier === undefined) fileOf.set(key, file);
      else notes.add(`${key} is in ${earlier} and in ${file}: both were added up.`);
    }
  }
  return [...notes].slice(0, NOTES_MAX);
}

function twins(files: readonly ExportFile[]): ExportError[] {
  const nameOf = new Map<string, string>();
  return files.flatMap(({ name, text }) => {
    const earlier = nameOf.get(text);
    if (earlier === undefined) nameOf.set(text, name);
    if (earlier === undefined) return [];
    return [{ file: name, where: 'file', sentence: `says exactly what ${earlier} says` }];
  });
}

/** All files of one reconciliation. */
export function readExports(files: readonly ExportFile[]): Result<Exports, readonly ExportError[]> {
  if (files.length > FILES_MAX) {
    const sentence = `there are more than ${String(FILES_MAX)} files`;
    return err([{ file: 'all', where: 'file', sentence }]);
  }
  const errors: ExportError[] = twins(files);
  const readings: Reading[] = [];
  for (const file of files) {
    const read = readFile(file);
    if (read.ok) readings.push(read.value);
    else errors.push(...read.error);
  }
  errors.push(...unfinished(readings));
  const rows = readings.flatMap((one) => one.rows);
  if (rows.length > ROWS_MAX) {
    const sentence = `there are more than ${String(ROWS_MAX)} rows in all`;
    errors.push({ file: 'all', where: 'file', sentence });
  }
  if (errors.length > 0) return err(errors);
  const days = [...new Set(readings.flatMap((one) => [...one.days]))].sort();
  const [from, to] = [days.at(0), days.at(-1)];
  return ok({
    rows,
    days: from === undefined || to === undefined ? null : { from, to },
    notes: overlaps(readings),
  });
}

/** One file that is a whole export by itself. */
export function readExport(
  name: string,
  text: string,
): Result<readonly ProviderRow[], readonly ExportError[]> {
  const read = readExports([{ name, text }]);
  return read.ok ? ok(read.value.rows) : read;
}
