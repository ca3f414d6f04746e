// What would have been held for every recorded call, of every dialect, against what it cost. What
// breaks if this fails: a call of a shape that really occurs costs more than was set aside for it.
// Beside it how tight the holds of ordinary chats are: loose ones refuse honest callers.

import { describe, expect, it } from 'vitest';
import { dialectById } from '../../../core/dialects/index.ts';
import type { Ask, Dialect } from '../../../core/dialects/dialect.ts';
import { outgoing } from '../../../core/dialects/outgoing.ts';
import { priceOf } from '../../../core/pricing/catalog.ts';
import { isPastCeiling, MARGIN_TOKENS, stepFor } from '../../../core/pricing/demand.ts';
import { type Estimate, estimateCall, holdFor } from '../../../core/pricing/estimate.ts';
import { priceUsage } from '../../../core/pricing/price-usage.ts';
import type { ModelPrice, ProviderKind } from '../../../core/pricing/rates.ts';
import type { Usage } from '../../../core/pricing/usage.ts';
import { streamReader } from '../../../core/stream/stream-reader.ts';
import {
  askForRecordings,
  isStream,
  type Recording,
  recordedBody,
  recordedRequest,
  recordings,
} from '../../support/recordings.ts';
import { requestOf } from '../../support/request-input.ts';
import { PLAIN } from './money-table.ts';

askForRecordings('holds against recorded usage');

/** Dialect by the folder of the recording, and whose prices it is told at. */
const FOLDERS: Readonly<Record<string, readonly [id: string, kind: ProviderKind]>> = {
  'openai-chat': ['openai-chat', 'openai'],
  'openai-completions': ['openai-completions', 'openai'],
  'openai-responses': ['openai-responses', 'openai'],
  anthropic: ['anthropic-messages', 'anthropic'],
  gemini: ['gemini', 'google'],
};

const CEILING = 4_096;
const NO_ALLOWANCE = { inputTokens: 0, nanoUsd: 0 };

type Recorded = {
  readonly file: string;
  readonly ask: Ask;
  readonly price: ModelPrice;
  readonly estimate: Estimate;
  readonly usage: Usage;
  readonly costNanoUsd: number;
  /** Of a stream. */
  readonly visibleBytes: number;
};

function readAnswer(dialect: Dialect, ask: Ask, recording: Recording): [Usage | null, number] {
  const body = recordedBody(recording);
  if (!isStream(recording)) {
    return [dialect.readUsage(JSON.parse(new TextDecoder().decode(body)), ask), 0];
  }
  const events = dialect.openStream(ask, { hideUsage: false, collectAnswer: false });
  const reader = streamReader(events, 'sse');
  reader.feed(body);
  reader.end();
  return [reader.usage(), reader.visibleBytes()];
}

/** Null where it was not served, or asked for what bytes do not bound, which is refused. */
function read(recording: Recording): Recorded | null {
  const [id, kind] = FOLDERS[recording.dialect] ?? ['', 'openai'];
  const dialect = dialectById(id);
  const json = recordedRequest(recording);
  if (dialect === null || json === null || recording.status !== 200) return null;
  const url = (recording as { url?: string }).url ?? '';
  const target = /\/models(\/[^?]+(\?.*)?)$/.exec(url)?.[1] ?? '';
  const asked = dialect.readRequest(requestOf(json, { target: id === 'gemini' ? target : '' }));
  if (!asked.ok || asked.value.needs.length > 0) return null;
  const ask = asked.value;
  const [usage, visibleBytes] = readAnswer(dialect, ask, recording);
  if (usage === null) return null;
  const price = priceOf(kind, ask.model) ?? PLAIN;
  const spent = Math.ceil(usage.outputTokens / ask.choices);
  // Who asked for no ceiling would have been given one.
  const outputTokensMax = ask.outputTokensMax ?? Math.max(CEILING, spent);
  const narrowed = dialect.narrow(ask, { outputTokensMax, safetyIdentifier: 'x', provider: kind });
  const { body } = outgoing(narrowed, 'application/json', 'nonce');
  const weight = { ask, forwardedBytes: body.length, outputTokensMax, allowance: NO_ALLOWANCE };
  const estimate = estimateCall(price, weight);
  const costNanoUsd = priceUsage(price, usage, () => PLAIN) ?? 0;
  return { file: recording.file, ask, price, estimate, usage, costNanoUsd, visibleBytes };
}

const recorded = recordings(...Object.keys(FOLDERS)).flatMap((one) => read(one) ?? []);

/** What a stream's hold has grown to when so many bytes of it have shown. */
function finalHold(estimate: Estimate, visibleBytes: number): number {
  const ceiling = estimate.outputTokensMax * estimate.choices;
  let tokens = estimate.outputTokensFirst;
  for (let shown = 0; shown <= visibleBytes; shown += 5) {
    const needed = Math.min(ceiling, Math.ceil(shown / 2) + 160 * estimate.choices);
    if (needed + MARGIN_TOKENS > tokens && tokens < ceiling) tokens = stepFor(needed, ceiling);
  }
  return holdFor(estimate, tokens);
}

describe.skipIf(recorded.length === 0)('recorded calls', () => {
  it('are enough of each dialect to mean something', () => {
    const counts = Object.keys(FOLDERS).map(
      (folder) => recorded.filter(({ file }) => file.startsWith(`${folder}/`)).length,
    );
    expect(recorded.length).toBeGreaterThanOrEqual(25);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
  });

  it.each(recorded)('$file used no more input than its bound', ({ usage, estimate }) => {
    expect(usage.inputTokens).toBeLessThanOrEqual(estimate.inputTokensMax);
  });

  it.each(recorded)('$file kept to its ceiling, and cost no more than its whole hold', (call) => {
    const { usage, estimate, costNanoUsd } = call;
    expect(usage.outputTokens).toBeLessThanOrEqual(estimate.outputTokensMax * estimate.choices);
    expect(costNanoUsd).toBeLessThanOrEqual(estimate.totalNanoUsd);
  });

  const streams = recorded.filter(({ visibleBytes }) => visibleBytes > 0);

  it.each(streams)('$file shows less than a broken ceiling would', ({ usage, visibleBytes }) => {
    expect(isPastCeiling(usage.outputTokens, visibleBytes, usage)).toBe(false);
  });

  it.each(streams.filter(({ price }) => !price.hiddenOutput))(
    '$file cost no more than what its hold had grown to when it ended',
    ({ estimate, costNanoUsd, visibleBytes }) => {
      expect(costNanoUsd).toBeLessThanOrEqual(finalHold(estimate, visibleBytes));
    },
  );
});

/**
 * Ordinary English chats: 0.215 tokens a byte (o200k), from a short question to a long history.
 * The most an answer can have is the shipped ceiling.
 */
const TOKENS_PER_BYTE = 0.215;
const PROMPT_BYTES = [300, 1_000, 2_000, 4_000, 8_000, 20_000] as const;
const OUTPUT_TOKENS = [50, 150, 300, 500, 1_000] as const;
const MODELS = ['gpt-4o-mini', 'gpt-4o', 'gpt-4.1', 'gpt-4.1-mini'] as const;

function chatRatios(): { held: number[]; whole: number[] } {
  const dialect = dialectById('openai-chat');
  const held: number[] = [];
  const whole: number[] = [];
  for (const model of MODELS) {
    const price = priceOf('openai', model) ?? PLAIN;
    for (const bytes of PROMPT_BYTES) {
      const messages = [{ role: 'user', content: 'a'.repeat(bytes) }];
      const asked = dialect?.readRequest(requestOf({ model, stream: true, messages }));
      if (dialect === null || asked?.ok !== true) throw new Error('not a chat');
      const parts = { outputTokensMax: CEILING, safetyIdentifier: 'x'.repeat(24) };
      const narrowed = dialect.narrow(asked.value, { ...parts, provider: 'openai' });
      const forwardedBytes = outgoing(narrowed, '', '').body.length;
      const allowance = NO_ALLOWANCE;
      const weight = { ask: asked.value, forwardedBytes, outputTokensMax: CEILING, allowance };
      const estimate = estimateCall(price, weight);
      for (const outputTokens of OUTPUT_TOKENS) {
        const inputTokens = Math.round(bytes * TOKENS_PER_BYTE) + 8;
        const none = { cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
        const cost = priceUsage(price, { inputTokens, outputTokens, ...none }, () => null) ?? 0;
        held.push(finalHold(estimate, Math.round(outputTokens / TOKENS_PER_BYTE)) / cost);
        whole.push(estimate.totalNanoUsd / cost);
      }
    }
  }
  return { held, whole };
}

const at = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? Number.NaN;

describe('an ordinary chat', () => {
  it('holds about four times what it costs, where a whole hold is more than twice that', () => {
    const { held, whole } = chatRatios();
    const figures = [at(held, 0.5), at(held, 0.9), at(whole, 0.5), at(whole, 0.9)];
    if (process.env['WEIGHBRIDGE_FIGURES'] !== undefined) console.warn(figures);
    expect(at(held, 0.5)).toBeLessThanOrEqual(4);
    expect(at(held, 0.9)).toBeLessThanOrEqual(6.5);
    expect(at(whole, 0.5)).toBeGreaterThan(8);
    expect(Math.min(...held)).toBeGreaterThan(1);
  });
});
