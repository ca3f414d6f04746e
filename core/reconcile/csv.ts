// A strict reader of RFC 4180: commas, quotes doubled inside quotes, CRLF or LF, a byte order mark
// at the start. Guesses nothing: a stray quote, a row with more or fewer fields than the header and
// a column twice are refused with their line. Linear in the length of the text.

import { err, ok, type Result } from '../result.ts';
import { type ExportError, errorsOf, quoted, ROWS_MAX } from './export.ts';

export type CsvRow = { readonly line: number; readonly fields: readonly string[] };
export type CsvTable = { readonly columns: readonly string[]; readonly rows: readonly CsvRow[] };

export const COLUMNS_MAX = 200;
export const FIELD_CHARS_MAX = 10_000;

type Field = { readonly text: string; readonly end: number; readonly sentence: string | null };

/** From the quote that opens at `start` to the one that closes it. */
function quotedField(text: string, start: number): Field {
  let from = start + 1;
  const parts: string[] = [];
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) {
      return { text: '', end: text.length, sentence: 'opens a quote that is never closed' };
    }
    parts.push(text.slice(from, quote));
    if (text[quote + 1] !== '"') return { text: parts.join('"'), end: quote + 1, sentence: null };
    from = quote + 2;
  }
}

const PLAIN = /[^,\r\n]*/y;

function plainField(text: string, start: number): Field {
  PLAIN.lastIndex = start;
  const field = PLAIN.exec(text)?.[0] ?? '';
  const stray = field.includes('"')
    ? 'has a quote inside a field that does not begin with one'
    : null;
  return { text: field, end: start + field.length, sentence: stray };
}

const lineBreaks = (text: string): number => text.split('\n').length - 1;

type Split = { readonly rows: readonly CsvRow[]; readonly broken: CsvRow | null };

/** Rows of fields; `broken` is where reading had to stop, with the sentence as its only field. */
function split(text: string): Split {
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let line = 1;
  let opened = 1;
  let at = 0;
  const stop = (sentence: string): Split => ({ rows, broken: { line, fields: [sentence] } });
  for (;;) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at);
    if (field.sentence !== null) return stop(field.sentence);
    if (field.text.length > FIELD_CHARS_MAX) {
      return stop(`has a field of more than ${String(FIELD_CHARS_MAX)} characters`);
    }
    fields.push(field.text);
    if (fields.length > COLUMNS_MAX) return stop(`has more than ${String(COLUMNS_MAX)} fields`);
    line += lineBreaks(field.text);
    at = field.end;
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    rows.push({ line: opened, fields });
    if (at >= text.length) return { rows, broken: null };
    if (text[at] === '\r' && text[at + 1] === '\n') at += 2;
    else if (text[at] === '\n') at += 1;
    else return stop('has something between the end of a field and the next comma');
    line += 1;
    opened = line;
    fields = [];
    if (rows.length > ROWS_MAX + 1) return stop(`is past the limit of ${String(ROWS_MAX)} rows`);
  }
}

const isBlank = (row: CsvRow): boolean => row.fields.length === 1 && row.fields[0] === '';

export function readCsv(file: string, text: string): Result<CsvTable, readonly ExportError[]> {
  const errors = errorsOf(file);
  const { rows: all, broken } = split(text.startsWith('\uFEFF') ? text.slice(1) : text);
  if (broken !== null) errors.say(`line ${String(broken.line)}`, broken.fields[0] ?? '');
  const rows = [...all];
  while (rows.length > 1 && isBlank(rows.at(-1) ?? { line: 0, fields: [] })) rows.pop();
  const [header, ...body] = rows;
  if (header === undefined || isBlank(header)) {
    errors.say('line 1', 'is empty: the first line has to name the columns');
    return err(errors.all());
  }
  const columns = header.fields.map((name) => name.trim());
  const seen = new Set<string>();
  for (const column of columns) {
    if (seen.has(column)) errors.say('line 1', `names the column ${quoted(column)} twice`);
    seen.add(column);
  }
  for (const { line, fields } of body) {
    if (fields.length === columns.length) continue;
    const found = `has ${String(fields.length)} fields where the header has`;
    errors.say(`line ${String(line)}`, `${found} ${String(columns.length)}`);
  }
  const found = errors.all();
  return found.length > 0 ? err(found) : ok({ columns, rows: body });
}
