// Our own side is read as strictly as theirs. What breaks if this fails: a comparison with figures
// that nobody wrote.

import { describe, expect, it } from 'vitest';
import { TEXT_CHARS_MAX } from '../../../core/reconcile/export.ts';
import { readStatements, type Statement } from '../../../core/reconcile/statement.ts';

const STATEMENT: Statement = {
  day: '2026-11-20',
  provider: 'openai',
  model: 'gpt-4o-mini',
  calls: 2,
  estimatedCalls: 0,
  nanoUsd: 9_007_199_254_740_991,
  estimatedNanoUsd: 0,
  inputTokens: 100,
  cachedInputTokens: 30,
  cacheWriteTokens: 10,
  outputTokens: 5,
  adjustmentsNanoUsd: -1,
};

describe('readStatements', () => {
  const read = (...list: readonly unknown[]) =>
    readStatements('ours', JSON.stringify({ statements: list }));

  it('takes what the gateway answers', () => {
    expect(read(STATEMENT)).toEqual({ ok: true, value: [STATEMENT] });
  });

  it.each([
    ['a day there never was', { day: '2026-02-30' }, 'day'],
    ['a fraction', { nanoUsd: 0.5 }, 'nanoUsd'],
    ['a negative amount', { nanoUsd: -1 }, 'nanoUsd'],
    ['parts that are more than the whole', { inputTokens: 39 }, 'inputTokens'],
    ['more estimated than there were', { estimatedCalls: 3 }, 'estimatedCalls'],
    ['a name that moves a cursor', { model: '\u001b[2J' }, 'model'],
    ['something missing', { calls: undefined }, 'calls'],
  ])('refuses %s, and says where', (_, fields, name) => {
    const result = read({ ...STATEMENT, ...fields });
    expect(result.ok ? [] : result.error.map((error) => error.where)).toContain(
      `statements.0.${name}`,
    );
  });

  it('refuses a text too long, without reading it', () => {
    const result = readStatements('ours', ' '.repeat(TEXT_CHARS_MAX + 1));
    expect(!result.ok && result.error[0]?.sentence).toContain('is longer than');
  });

  it('refuses what is no list of statements', () => {
    for (const text of ['', '[]', '{}', '{"statements":1}', '{"statements":[9007199254740993]}']) {
      expect(readStatements('ours', text).ok).toBe(false);
    }
  });
});
