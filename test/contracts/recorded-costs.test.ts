// Every recorded answer costs what a person worked out, to the nano-dollar: bytes → dialect → usage
// → price. What breaks if this fails: the bill.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Ask, Dialect } from '../../core/dialects/dialect.ts';
import { PLAIN_ASK } from '../../core/dialects/dialect.ts';
import { dialectById } from '../../core/dialects/index.ts';
import type { ProviderKind } from '../../core/pricing/rates.ts';
import { inRoot } from '../../local/paths.ts';
import { priceOf } from '../../core/pricing/catalog.ts';
import { priceUsage } from '../../core/pricing/price-usage.ts';
import type { Usage } from '../../core/pricing/usage.ts';
import { present } from '../../core/result.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { askForRecordings, isStream, recordedBody, recordings } from '../support/recordings.ts';

askForRecordings('what recorded answers cost');

type RecordedCost = readonly [
  file: string,
  kind: ProviderKind,
  model: string,
  sum: string,
  nanoUsd: number,
];

const RECORDED_COSTS: readonly RecordedCost[] = readFileSync(
  inRoot('test/contracts/recorded-costs.txt'),
  'utf8',
)
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [file = '', kind = '', model = '', sum = '', amount = ''] = line.split(' | ');
    return [file, kind as ProviderKind, model, sum, Number(amount.replaceAll(',', ''))];
  });

const ALL = recordings(
  'openai-chat',
  'openai-completions',
  'openai-responses',
  'anthropic',
  'gemini',
  'openai-other',
);

const DIALECT_OF: Readonly<Record<string, string>> = {
  anthropic: 'anthropic-messages',
  'embeddings-basic': 'openai-embeddings',
  'embeddings-base64': 'openai-embeddings',
  'embeddings-token-array': 'openai-embeddings',
  'audio-transcription': 'openai-transcription',
  'vercel-transcription-usage': 'openai-transcription',
};

function dialectOf(file: string, named: string): Dialect {
  const name = present(file.split('/')[1], 'file').replace(/\.json$/, '');
  return present(dialectById(DIALECT_OF[name] ?? DIALECT_OF[named] ?? named), 'dialect');
}

/** Without losing anything: pico-dollars of a sum such as `17 × 3 + 1 @ 0.01`. */
function picoOf(sum: string): bigint {
  return sum.split(' + ').reduce((total, part) => {
    const [count = '', sign, dollars = ''] = part.split(' ');
    const [whole = '0', fraction = ''] = dollars.split('.');
    const perUnit = sign === '×' ? 6 : 12;
    return total + BigInt(count) * BigInt(whole + fraction.padEnd(perUnit, '0'));
  }, 0n);
}

function usageOf(file: string, model: string): Usage | null {
  const recording = present(
    ALL.find((one) => one.file === file),
    file,
  );
  const dialect = dialectOf(file, recording.dialect);
  const ask: Ask = { ...PLAIN_ASK, model, stream: isStream(recording), body: {} };
  const bytes = recordedBody(recording);
  if (!isStream(recording)) {
    return dialect.readUsage(JSON.parse(new TextDecoder().decode(bytes)), ask);
  }
  const options = { hideUsage: false, collectAnswer: false };
  const reader = streamReader(dialect.openStream(ask, options), 'sse');
  reader.feed(bytes);
  reader.end();
  return reader.usage();
}

describe.skipIf(ALL.length === 0)('a recorded answer costs what was worked out by hand', () => {
  it.each(RECORDED_COSTS)('%s', (file, kind, model, sum, nanoUsd) => {
    expect((picoOf(sum) + 999n) / 1_000n).toBe(BigInt(nanoUsd));
    const price = present(priceOf(kind, model), `a price of ${model}`);
    const usage = present(usageOf(file, model), 'usage');
    expect(priceUsage(price, usage, (other) => priceOf(kind, other))).toBe(nanoUsd);
  });

  it('and none that has usage is left out', () => {
    const costed = new Set(RECORDED_COSTS.map(([file]) => file));
    const left = ALL.filter(
      ({ file, status, expected }) =>
        status === 200 && expected.usage !== null && !costed.has(file),
    ).map(({ file }) => file);
    expect(left).toEqual(NOT_COSTED);
  });
});

/** Nobody publishes what these models cost. */
const NOT_COSTED: readonly string[] = [
  'openai-chat/openrouter-error-midstream.sse',
  'openai-completions/legacy-stream-usage.sse',
  'openai-completions/legacy-batch.json',
  'openai-responses/bedrock-mantle-gpt56.sse',
];
