// Every export becomes the same rows, or sentences about what is wrong with it. What breaks if this
// fails: a page goes missing, a figure is bent, or a file of one kind is read as another.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nearestNanoUsd } from '../../../core/reconcile/exact-usd.ts';
import {
  FILES_MAX,
  type ProviderRow,
  ROWS_MAX,
  TEXT_CHARS_MAX,
} from '../../../core/reconcile/export.ts';
import { readExport, readExports } from '../../../core/reconcile/index.ts';

const sample = (name: string): string =>
  readFileSync(new URL(`samples/${name}`, import.meta.url), 'utf8');

const rowsOf = (text: string): readonly ProviderRow[] => {
  const read = readExport('f', text);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
};
const wrong = (text: string): string[] => {
  const read = readExport('f', text);
  return read.ok ? [] : read.error.map(({ where, sentence }) => `${where}: ${sentence}`);
};
const short = (row: ProviderRow): unknown[] => [
  row.day,
  row.model,
  row.requests,
  row.tokens === null ? null : Object.values(row.tokens),
  row.exactUsd === null ? null : nearestNanoUsd(row.exactUsd),
  row.terms,
];

const MINI = 'gpt-4o-mini-2024-07-18';
const FULL = 'gpt-4o-2024-08-06';
const SONNET = 'claude-sonnet-4-20250514';

describe('readExport reads', () => {
  it.each(['openai-usage.json', 'openai-usage.csv'])('%s, cached tokens taken out', (name) => {
    expect(rowsOf(sample(name)).map(short)).toEqual([
      ['2026-11-19', MINI, 3, [800, 200, 0, 0, 50], null, null],
      ['2026-11-19', MINI, 1, [10, 0, 0, 0, 5], null, null],
      ['2026-11-20', FULL, 1, [400, 0, 0, 0, 20], null, 'batch'],
      ['2026-11-20', MINI, 1, [7, 0, 0, 0, 1], null, null],
    ]);
  });

  it('openai-costs.json to the nano-dollar, from numbers and from texts', () => {
    expect(rowsOf(sample('openai-costs.json')).map(short)).toEqual([
      ['2026-11-19', MINI, null, null, 121_500n, null],
      ['2026-11-19', MINI, null, null, 15_000n, null],
      ['2026-11-19', MINI, null, null, 33_000n, null],
      ['2026-11-20', FULL, null, null, 1n, null],
      ['2026-11-20', FULL, null, null, 0n, null],
      ['2026-11-20', FULL, null, null, 1n, null],
      ['2026-11-20', MINI, null, null, 1_650n, null],
      ['2026-11-20', 'web search tool calls', null, null, 10_000_000n, null],
    ]);
  });

  it('openai-costs.csv, days without costs left out', () => {
    expect(rowsOf(sample('openai-costs.csv')).map((row) => short(row)[4])).toEqual([
      121_500n,
      15_000n,
      33_000n,
      1_650n,
    ]);
  });

  it.each(['anthropic-usage.json', 'anthropic-usage.csv'])('%s, both kinds of cache', (name) => {
    expect(rowsOf(sample(name)).map(short)).toEqual([
      ['2026-11-19', SONNET, null, [1_500, 200, 1_500, 1_000, 500], null, null],
      ['2026-11-19', SONNET, null, [3, 0, 0, 0, 2], null, null],
      ['2026-11-20', SONNET, null, [10, 0, 0, 0, 1], null, '"batch"'],
    ]);
  });

  it('anthropic-costs.json in cents, anthropic-costs.csv in dollars', () => {
    expect(rowsOf(sample('anthropic-costs.json')).map(short)).toEqual([
      ['2026-11-19', SONNET, null, null, 1_237_891_200n, null],
      ['2026-11-19', SONNET, null, null, 1n, null],
      ['2026-11-19', 'Web Search Usage', null, null, 10_000_000n, null],
    ]);
    expect(rowsOf(sample('anthropic-costs.csv')).map(short)).toEqual([
      ['2026-11-19', 'Claude Sonnet 4', null, null, 1_230_000_000n, null],
      ['2026-11-19', 'Claude Sonnet 4', null, null, 10_000_000n, null],
    ]);
  });

  it.each([
    [`priority | ${FULL}, cached input, long context`, FULL, 'priority, long context'],
    [`${FULL}, cache writes`, FULL, null],
    ['gpt-realtime, audio input', 'gpt-realtime', null],
    [FULL, FULL, null],
    ['code interpreter sessions', 'code interpreter sessions', null],
    ['assistants api | file search', 'assistants api | file search', null],
  ])('the line item %j as a cost of %j', (item, model, terms) => {
    const text = sample('openai-costs.json').replace(`${MINI}, input`, item);
    expect(rowsOf(text)[0]).toMatchObject({ model, terms });
  });

  it('buckets of an hour, and a month without any use', () => {
    const hour = sample('openai-usage-page-2.json').replace('1795219200', '1795136400');
    expect(rowsOf(hour)[0]?.day).toBe('2026-11-20');
    expect(rowsOf('{"object":"page","data":[],"has_more":false}')).toEqual([]);
    expect(rowsOf('start_time,end_time,start_time_iso,end_time_iso\n1795046400,,,\n')).toEqual([]);
  });
});

const usage = (fields: string): string =>
  `{"data":[{"start_time":1795046400,"end_time":1795132800,"results":[{${fields}}]}],"has_more":false}`;
const GOOD = '"model":"m","input_tokens":9,"output_tokens":1,"num_model_requests":1';
const at = 'data[0].results[0]: ';

describe('readExport refuses', () => {
  it.each([
    ['negative tokens', GOOD.replace(':9', ':-9'), 'input_tokens is negative: "-9"'],
    ['fractions', GOOD.replace(':9', ':9.5'), 'input_tokens is not a whole number: "9.5"'],
    ['powers of ten', GOOD.replace(':9', ':9e3'), 'input_tokens is not a whole number: "9e3"'],
    ['what nobody uses', GOOD.replace(':9', ':50000000001'), 'is more than 50000000000'],
    ['no model', GOOD.replace('"m"', 'null'), 'has no model: export it grouped by model'],
    ['a model that moves a cursor', GOOD.replace('"m"', '"\\u001b[2J"'), 'control characters'],
    ['more cached than there were', `${GOOD},"input_cached_tokens":10`, 'which include them'],
    ['embeddings', `${GOOD},"object":"organization.usage.embeddings.result"`, 'completions'],
  ])('%s', (_, fields, sentence) => {
    expect(rowsOf(usage(GOOD))).toHaveLength(1);
    expect(wrong(usage(fields)).join()).toContain(sentence);
    expect(wrong(usage(fields)).join()).toContain(at);
  });

  it('says everything that is wrong at once', () => {
    expect(wrong(usage('"input_tokens":-1,"num_model_requests":0.5'))).toHaveLength(4);
  });

  it.each([
    ['another currency', '"usd"', '"eur"', 'amount_currency is "eur": only usd is read'],
    ['an amount that is no number', '"0E-6176"', '"free"', 'amount_value is not a plain decimal'],
    ['costs that are not itemised', `"${MINI}, input"`, 'null', 'grouped by line item'],
  ])('%s', (_, from, to, sentence) => {
    const text = sample('openai-costs.json').replace(from, to);
    expect(wrong(text).join()).toContain(sentence);
  });

  it.each([
    ['openai-usage.csv', 'model'],
    ['openai-usage.csv', 'input_tokens'],
    ['openai-costs.csv', 'amount_value'],
    ['openai-costs.csv', 'line_item'],
    ['anthropic-usage.csv', 'usage_output_tokens'],
    ['anthropic-usage.csv', 'usage_input_tokens_cache_write_1h'],
    ['anthropic-costs.csv', 'cost_usd'],
  ])('%s without the column %s, by name', (name, column) => {
    const text = sample(name).replace(`,${column},`, ',another,');
    expect(wrong(text).join()).toContain(`line 1: has no column ${column}`);
  });

  it('a row of CSV by its line', () => {
    const text = sample('openai-usage.csv').replace('1000.0', '-1000.0');
    expect(wrong(text)).toEqual(['line 2: input_tokens is negative: "-1000.0"']);
  });

  it.each([
    ['nothing', ''],
    ['a picture', '\u0000\u0001'],
    ['any CSV', 'a,b\n1,2'],
    ['any JSON', '{"data":[{"start_time":1,"results":[{"a":1}]}],"has_more":false}'],
    ['an answer that is an error', '{"error":{"message":"no"}}'],
    ['a list', '[1]'],
    ['half a file', sample('openai-usage.json').slice(0, 400)],
    ['a key twice', '{"data":[],"data":[],"has_more":false}'],
    ['a page that does not say whether it is the last', '{"data":[]}'],
    ['a result that is empty', '{"data":[{"start_time":1,"results":[{}]}],"has_more":false}'],
    ['nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    [
      'a bucket over midnight',
      sample('openai-usage-page-2.json').replace('1795219200', '1795219201'),
    ],
    ['a day there never was', sample('anthropic-usage.csv').replace('2026-11-20', '2026-11-31')],
    ['a time elsewhere', sample('anthropic-usage.json').replace('T00:00:00Z', 'T00:00:00+02:00')],
    ['too many buckets', `{"data":[${'{},'.repeat(ROWS_MAX)}{}],"has_more":false}`],
    ['too many results', `{"data":[{"results":[${'1,'.repeat(ROWS_MAX)}1]}],"has_more":false}`],
    ['a text too long', ' '.repeat(TEXT_CHARS_MAX + 1)],
  ])('%s', (_, text) => {
    expect(wrong(text).length).toBeGreaterThan(0);
  });
});

describe('readExports', () => {
  const file = (name: string) => ({ name, text: sample(name) });
  const page1 = file('openai-usage-page-1.json');
  const page2 = file('openai-usage-page-2.json');

  it('takes pages that follow each other, in any order', () => {
    const read = readExports([page2, page1]);
    expect(read.ok && [read.value.rows.length, read.value.days]).toEqual([
      2,
      { from: '2026-11-19', to: '2026-11-20' },
    ]);
  });

  it.each([
    ['alone', [page1]],
    ['with a file of another kind', [page1, file('openai-costs.csv')]],
    ['with a page that begins elsewhere', [page1, file('openai-usage.json')]],
  ])('refuses a page that has more %s', (_, files) => {
    const read = readExports(files);
    expect(!read.ok && read.error.map((error) => error.sentence)).toEqual([
      'says has_more and its next page is not among the files: it is incomplete',
    ]);
  });

  it('refuses the same file twice', () => {
    const read = readExports([page2, { ...page2, name: 'copy' }]);
    expect(!read.ok && read.error[0]?.sentence).toContain('says exactly what');
  });

  it('says when two files tell of one day, and adds them up', () => {
    const read = readExports([page2, file('openai-usage.json')]);
    expect(read.ok && [read.value.rows.length, read.value.notes.length]).toEqual([5, 1]);
  });

  it('knows the days without any use', () => {
    const read = readExports([file('openai-usage.csv')]);
    expect(read.ok && read.value.days).toEqual({ from: '2026-11-19', to: '2026-11-21' });
  });

  it('refuses more files than it reads, and names every bad one', () => {
    expect(readExports(Array.from({ length: FILES_MAX + 1 }, () => page2)).ok).toBe(false);
    const read = readExports([
      { name: 'a', text: 'x' },
      { name: 'b', text: '{' },
    ]);
    expect(!read.ok && read.error.map((error) => error.file)).toEqual(['a', 'b']);
  });
});
