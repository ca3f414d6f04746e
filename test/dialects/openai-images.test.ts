// Pictures: what may be asked for, and that the hold covers the dearest of what may come. Attack: a
// picture that costs more than was held (more of them, larger, better, planned for longer, drawn by
// another model), or one that is not charged because nobody counted it.

import { describe, expect, it } from 'vitest';
import type { Ask } from '../../core/dialects/dialect.ts';
import { openaiImages } from '../../core/dialects/openai-images.ts';
import { imageTokensMax } from '../../core/dialects/openai-images-tokens.ts';
import { priceOf } from '../../core/pricing/catalog.ts';
import { estimateCall } from '../../core/pricing/estimate.ts';
import { present } from '../../core/result.ts';
import { requestOf } from '../support/request-input.ts';

const BASE = { model: 'gpt-image-1.5', prompt: 'an otter' };
const read = (parts: object) => openaiImages.readRequest(requestOf({ ...BASE, ...parts }));
function ask(parts: object): Ask {
  const asked = read(parts);
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

describe('a picture comes to at most', () => {
  /** developers.openai.com/api/docs/guides/image-generation, "Cost and latency". */
  it.each([
    ['gpt-image-1.5', 'low', '1024x1024', 272],
    ['gpt-image-1.5', 'medium', '1024x1536', 1_584],
    ['gpt-image-1.5', 'high', '1536x1024', 6_208],
    ['gpt-image-1', 'high', '1024x1536', 6_240],
    ['gpt-image-1.5', 'auto', 'auto', 6_240],
    ['gpt-image-1.5', 'low', '512x512', 408],
    ['gpt-image-2', 'high', '1024x1024', 7_024],
    ['gpt-image-2', 'high', '1536x1024', 5_488],
    ['gpt-image-2', 'high', '1792x1024', 5_063],
    ['gpt-image-2', 'high', '3584x2048', 12_329],
    ['gpt-image-2', 'auto', 'auto', 23_719],
    ['gpt-image-2', 'high', '4000x4000', 23_719],
  ])('in %s, %s, %s: %i tokens and 512 of planning', (model, quality, size, tokens) => {
    expect(imageTokensMax(model, quality, size)).toEqual({ tokens: tokens + 512, isKnown: true });
  });

  it.each([
    ['gpt-image-2.6-sunburst', 'low', '1024x1024'],
    ['gpt-image-1.5-unheard-of', 'low', '1024x1024'],
    ['gpt-image-2', 'xhigh', '1024x1024'],
    ['gpt-image-2', 'max', '1024x1024'],
  ])('nothing that is known, in %s, %s, %s', (model, quality, size) => {
    expect(imageTokensMax(model, quality, size)).toEqual({ tokens: 24_231, isKnown: false });
  });
});

describe('a request for pictures', () => {
  it('is held for all of them, and for those shown before they are finished', () => {
    const parts = { n: 3, quality: 'low', size: '1024x1024', partial_images: 2, stream: true };
    expect(ask(parts)).toMatchObject({
      outputTokensMax: 3 * (272 + 512 + 200),
      isFixed: true,
      choices: 1,
      pieces: { image: 3 },
      needs: [],
      outputRates: ['output', 'outputImage'],
    });
  });

  it('of a model priced by the picture has no tokens', () => {
    const asked = ask({ model: 'dall-e-3', n: 2, quality: 'hd', style: 'vivid' });
    expect(asked).toMatchObject({ outputTokensMax: 0, pieces: { image: 2 }, needs: [] });
    const estimate = estimateCall(present(priceOf('openai', 'dall-e-3'), 'price'), {
      ask: asked,
      forwardedBytes: 100,
      outputTokensMax: 0,
      allowance: { inputTokens: 0, nanoUsd: 0 },
    });
    // $0.12 each, the dearest size in the dearest quality.
    expect(estimate.totalNanoUsd).toBe(240_000_000);
  });

  it.each([
    ['a model nobody measured', { model: 'gpt-image-2.6-flare' }],
    ['a quality nobody measured', { quality: 'max' }],
    ['planning that is paid for', { complexity: 'high' }],
  ])('needs a price of the route for %s', (_, parts) => {
    expect(ask(parts).needs).toEqual(['imageOutput']);
  });

  it.each([
    ['n', { n: 11 }],
    ['n', { n: 0 }],
    ['size', { size: '1e3x1e3' }],
    ['partial_images', { partial_images: 4 }],
    ['output_format', { output_format: 'svg' }],
    ['output_format', { output_format: 'gif' }],
    ['svg', { svg: { model: 'gpt-6-astra' } }],
    ['frame_count', { frame_count: 16 }],
    ['prompt', { prompt: 'x'.repeat(32_001) }],
    ['prompt', { prompt: '' }],
  ])('is refused for %s, in a sentence', (field, parts) => {
    expect(read(parts)).toMatchObject({ error: { kind: 'shape-refused', field } });
  });

  it.each(['image', 'mask', 'input_fidelity', 'prompt_rewriter', 'service_tier', 'N'])(
    'is refused by the name of %s',
    (field) => {
      expect(read({ [field]: 'x' })).toMatchObject({ error: { kind: 'field-unknown', field } });
    },
  );

  it('goes up with the number that was held for, and our name for the caller', () => {
    const narrowing = {
      outputTokensMax: 1,
      safetyIdentifier: 'pseudonym',
      provider: 'openai',
    } as const;
    const parts = { user: 'mine', safety_identifier: 'mine', size: null, moderation: 'low' };
    expect(JSON.parse(JSON.stringify(openaiImages.narrow(ask(parts), narrowing)))).toEqual({
      ...BASE,
      n: 1,
      moderation: 'low',
      safety_identifier: 'pseudonym',
    });
  });
});
