// The CSV reader takes RFC 4180 and guesses nothing. What breaks if this fails: a figure is read
// from the column beside it.

import { describe, expect, it } from 'vitest';
import { COLUMNS_MAX, FIELD_CHARS_MAX, readCsv } from '../../../core/reconcile/csv.ts';
import { ERRORS_MAX, ROWS_MAX } from '../../../core/reconcile/export.ts';

const fields = (text: string): unknown => {
  const read = readCsv('f', text);
  return read.ok ? read.value.rows.map((row) => row.fields) : read.error;
};
const sentences = (text: string): string[] => {
  const read = readCsv('f', text);
  return read.ok ? [] : read.error.map(({ where, sentence }) => `${where} ${sentence}`);
};

describe('readCsv takes', () => {
  it.each([
    ['LF', 'a,b\n1,2\n', [['1', '2']]],
    ['CRLF', 'a,b\r\n1,2\r\n', [['1', '2']]],
    ['no break at the end', 'a,b\n1,2', [['1', '2']]],
    ['a byte order mark', '\uFEFFa,b\n1,2', [['1', '2']]],
    ['a comma inside quotes', 'a,b\n"1,5",2', [['1,5', '2']]],
    ['doubled quotes', 'a,b\n"say ""a""",2', [['say "a"', '2']]],
    [
      'a line break inside quotes',
      'a,b\n"1\r\n1",2\n3,4',
      [
        ['1\r\n1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'empty fields',
      'a,b\n,\n"",',
      [
        ['', ''],
        ['', ''],
      ],
    ],
    ['blank lines at the end', 'a,b\n1,2\n\n\n', [['1', '2']]],
    ['a header alone', 'a,b\n', []],
  ])('%s', (_, text, expected) => {
    expect(fields(text)).toEqual(expected);
  });

  it('a quoted line break, and still knows the lines after it', () => {
    const read = readCsv('f', 'a\n"1\n1"\n2\n');
    expect(read.ok && read.value.rows.map((row) => row.line)).toEqual([2, 4]);
  });
});

describe('readCsv refuses', () => {
  it.each([
    ['nothing at all', '', 'line 1 is empty: the first line has to name the columns'],
    ['a quote that never closes', 'a\n"1', 'line 2 opens a quote that is never closed'],
    [
      'a quote in the middle',
      'a\n1"1"',
      'line 2 has a quote inside a field that does not begin with one',
    ],
    [
      'text after a closing quote',
      'a\n"1"1',
      'line 2 has something between the end of a field and the next comma',
    ],
    [
      'a lone carriage return',
      'a\r1',
      'line 1 has something between the end of a field and the next comma',
    ],
    ['a short row', 'a,b\n1', 'line 2 has 1 fields where the header has 2'],
    ['a blank line in the middle', 'a,b\n\n1,2', 'line 2 has 1 fields where the header has 2'],
    ['a column twice', 'a, a\n1,2', 'line 1 names the column "a" twice'],
  ])('%s', (_, text, sentence) => {
    expect(sentences(text)).toEqual([sentence]);
  });

  it('says all errors at once, up to a limit', () => {
    expect(sentences('a,b\n1\n1,2\n1,2,3')).toHaveLength(2);
    const many = sentences(`a,b\n${'1\n'.repeat(ERRORS_MAX + 5)}2,2`);
    expect(many).toHaveLength(ERRORS_MAX + 1);
    expect(many.at(-1)).toBe('file has 5 more errors');
  });

  it.each([
    ['too many columns', ','.repeat(COLUMNS_MAX), 'fields'],
    ['a field too long', `a\n${'1'.repeat(FIELD_CHARS_MAX + 1)}`, 'characters'],
    ['too many rows', `a\n${'1\n'.repeat(ROWS_MAX + 2)}`, 'rows'],
  ])('%s', (_, text, word) => {
    expect(sentences(text).join()).toContain(word);
  });
});
