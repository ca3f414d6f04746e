// Embeddings: what may be asked for, what goes up, what it comes to. Attack: more input than was
// held for, as words, as numbers, or in a field that another server reads.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ask } from '../../core/dialects/dialect.ts';
import { openaiEmbeddings } from '../../core/dialects/openai-embeddings.ts';
import { priceOf } from '../../core/pricing/catalog.ts';
import { affordableOutputTokens, estimateCall } from '../../core/pricing/estimate.ts';
import { priceUsage } from '../../core/pricing/price-usage.ts';
import { present } from '../../core/result.ts';
import {
  askForRecordings,
  recordedBody,
  recordedRequest,
  recordings,
} from '../support/recordings.ts';
import { requestOf } from '../support/request-input.ts';

askForRecordings('recorded embeddings');

const BASE = { model: 'text-embedding-3-small', input: 'hi' };
const read = (parts: object) => openaiEmbeddings.readRequest(requestOf({ ...BASE, ...parts }));
function ask(parts: object): Ask {
  const asked = read(parts);
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}
const up = (parts: object): unknown =>
  openaiEmbeddings.narrow(ask(parts), {
    outputTokensMax: 0,
    safetyIdentifier: 'pseudonym',
    provider: 'openai',
  });

describe('a request for embeddings', () => {
  it.each([
    ['a text', 'hello', { promptChars: 5, messages: 1 }],
    ['texts', ['a', 'bc'], { promptChars: 3, messages: 2 }],
    ['tokens', [1, 2, 3], { promptChars: 3, messages: 1 }],
    ['lists of tokens', [[1, 2], [3]], { promptChars: 3, messages: 2 }],
  ])('takes %s, and generates nothing', (_, input, counted) => {
    const asked = { ...counted, outputTokensMax: 0, isFixed: true, needs: [], stream: false };
    expect(ask({ input })).toMatchObject(asked);
  });

  it.each([
    ['', 'an empty text'],
    [[], 'an empty list'],
    [[''], 'an empty text in a list'],
    [[[]], 'an empty list of tokens'],
    [[1.5], 'half a token'],
    [[-1], 'a negative token'],
    [[1, 'a'], 'a mixture'],
    [Array.from({ length: 2_049 }, () => 'a'), 'too many texts'],
    [Array.from({ length: 8_193 }, () => 1), 'too many tokens'],
    [{ text: 'a' }, 'an object'],
  ])('refuses %j: %s', (input, _why) => {
    expect(read({ input }).ok).toBe(false);
  });

  it.each(['stream', 'store', 'service_tier', 'truncate', 'input_type', 'Model'])(
    'is refused by the name of %s',
    (field) => {
      expect(read({ [field]: true })).toMatchObject({ error: { kind: 'field-unknown', field } });
    },
  );

  it('goes up with our name for the caller, and nothing that says nothing', () => {
    const sent = { ...BASE, dimensions: 256, encoding_format: 'base64', user: 'pseudonym' };
    expect(up({ dimensions: 256, encoding_format: 'base64', user: 'mine' })).toEqual(sent);
    expect(up({ dimensions: null, user: null })).toEqual({ ...BASE, user: 'pseudonym' });
  });
});

describe('its hold', () => {
  const price = present(priceOf('openai', 'text-embedding-3-small'), 'price');
  const estimateOf = (asked: Ask, forwardedBytes: number) =>
    estimateCall(price, {
      ask: asked,
      forwardedBytes,
      outputTokensMax: 0,
      allowance: { inputTokens: 0, nanoUsd: 0 },
    });

  it('is of its input alone, and is granted whole or not at all', () => {
    const estimate = estimateOf(ask({}), 100);
    expect(estimate).toMatchObject({ outputTokensMax: 0, outputTokensFirst: 0 });
    expect(estimate.totalNanoUsd).toBe(164 * 20);
    expect(estimate.totalNanoUsdMin).toBe(estimate.totalNanoUsd);
    expect(affordableOutputTokens(estimate, estimate.totalNanoUsd)).toBe(0);
  });

  it('covers every token that was sent as a number', () => {
    const tokens = fc.array(fc.nat(200_000), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.array(tokens, { minLength: 1, maxLength: 20 }), (input) => {
        const bytes = JSON.stringify(up({ input })).length;
        const count = input.reduce((sum, one) => sum + one.length, 0);
        expect(estimateOf(ask({ input }), bytes).inputTokensMax).toBeGreaterThanOrEqual(count);
      }),
    );
  });
});

describe('usage of embeddings', () => {
  // What breaks if this fails: an answer passes as bytes, and nobody reads what it used.
  it('is looked for in an answer in one piece', () => {
    expect(openaiEmbeddings.framing(ask({}), 'application/json')).toBe('sse');
  });

  it.each([-1, 0.5, '7', null, undefined, 1e12])('is none where it says %s', (prompt_tokens) => {
    expect(openaiEmbeddings.readUsage({ usage: { prompt_tokens } }, ask({}))).toBeNull();
  });

  const all = recordings('openai-other').filter(({ file }) => file.includes('embeddings'));
  it.each(all)('of the recording $file is what it says', (recording) => {
    const body = JSON.parse(new TextDecoder().decode(recordedBody(recording))) as unknown;
    const usage = openaiEmbeddings.readUsage(body, ask({}));
    if (recording.status !== 200) {
      expect(usage).toBeNull();
      expect(read(recordedRequest(recording) ?? {}).ok).toBe(false);
      return;
    }
    expect(read(recordedRequest(recording) ?? {}).ok).toBe(true);
    const price = present(priceOf('openai', 'text-embedding-3-small'), 'price');
    // Seven tokens at $0.02 a million.
    expect(priceUsage(price, present(usage, 'usage'), () => null)).toBe(140);
  });
});
