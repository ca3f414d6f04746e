// What pictures come to when they have come: in one piece or one by one, by the token or by the
// picture. What breaks if this fails: pictures for nothing.

import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { Ask, EventReader } from '../../core/dialects/dialect.ts';
import { openaiImages } from '../../core/dialects/openai-images.ts';
import { priceOf } from '../../core/pricing/catalog.ts';
import { priceUsage } from '../../core/pricing/price-usage.ts';
import type { Usage } from '../../core/pricing/usage.ts';
import { present } from '../../core/result.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { askForRecordings, recordedBody, recordings } from '../support/recordings.ts';
import { requestOf } from '../support/request-input.ts';

askForRecordings('a recorded answer with pictures');

const BASE = { model: 'gpt-image-1.5', prompt: 'an otter' };
const read = (parts: object) => openaiImages.readRequest(requestOf({ ...BASE, ...parts }));
function ask(parts: object): Ask {
  const asked = read(parts);
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const REPORT = {
  input_tokens: 50,
  input_tokens_details: { text_tokens: 10, image_tokens: 40 },
  output_tokens: 1_000,
  output_tokens_details: { text_tokens: 100, image_tokens: 900 },
  total_tokens: 1_050,
};
const cost = (model: string, usage: Usage | null): number | null =>
  priceUsage(present(priceOf('openai', model), 'price'), present(usage, 'usage'), (other) =>
    priceOf('openai', other),
  );
const usageIn = (body: object, parts: object = {}): Usage | null =>
  openaiImages.readUsage({ data: [{}], ...body }, ask(parts));

describe('usage of pictures', () => {
  it('tells words from pictures, going in and coming out', () => {
    // 10 at $5, 40 at $8, 100 at $10, 900 at $32 a million.
    const byHand = 10 * 5_000 + 40 * 8_000 + 100 * 10_000 + 900 * 32_000;
    expect(cost('gpt-image-1.5', usageIn({ usage: REPORT }))).toBe(byHand);
  });

  it('takes what is not said to be text for pictures, the dearer', () => {
    const { output_tokens_details: _, ...bare } = REPORT;
    expect(usageIn({ usage: bare })?.extras).toMatchObject({ outputImage: 1_000 });
  });

  it('counts pictures that are priced by the picture, which carry none', () => {
    const dallE = { model: 'dall-e-3' };
    expect(cost('dall-e-3', usageIn({ data: [{}, {}] }, dallE))).toBe(240_000_000);
    expect(usageIn({ data: [] }, dallE)).toBeNull();
  });

  it('prices a drawing at the row of the model that wrote it', () => {
    const svg_usage = { model: 'gpt-5-mini', input_tokens: 100, output_tokens: 10 };
    const beside = present(cost('gpt-image-1.5', usageIn({ usage: REPORT })), 'cost');
    const both = cost('gpt-image-1.5', usageIn({ usage: REPORT, svg_usage }));
    expect(both).toBe(beside + 100 * 250 + 10 * 2_000);
    const unnamed = { ...svg_usage, model: undefined };
    expect(usageIn({ usage: REPORT, svg_usage: unnamed })).toBeNull();
  });

  // What breaks if this fails: pictures for nothing.
  it.each([undefined, null, {}, [], 'x', { input_tokens: 1 }, { ...REPORT, output_tokens: -1 }])(
    'is none for a model that sells tokens where it is %j',
    (usage) => {
      expect(usageIn({ usage })).toBeNull();
    },
  );

  const recorded = recordings('openai-other').filter(({ file }) => file.includes('image'));
  it.each(recorded)('of the recording $file is as many as there are pictures', (one) => {
    const body = JSON.parse(new TextDecoder().decode(recordedBody(one))) as object;
    expect(openaiImages.readUsage(body, ask({ model: 'dall-e-3', n: 2 }))).toMatchObject({
      outputTokens: 0,
      extras: { image: 2 },
    });
    expect(openaiImages.readUsage(body, ask({ n: 2 }))).toBeNull();
  });
});

const picture = (type: string, b64_json: string, usage?: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, b64_json, size: '1024x1024', usage })}\n\n`;
const partial = picture('image_generation.partial_image', 'AAAA');
const completed = (size: number, usage: object = REPORT): string =>
  picture('image_generation.completed', 'A'.repeat(size), usage);

const through = (text: string, parts: object = {}): EventReader => {
  const events = openaiImages.openStream(ask({ stream: true, ...parts }), {
    hideUsage: false,
    collectAnswer: false,
  });
  const reader = streamReader(events, 'sse');
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 1_000) reader.feed(bytes.slice(at, at + 1_000));
  reader.end();
  return events;
};

describe('a stream of pictures', () => {
  it.each([4, 60_000, 3_000_000])('says its usage behind a picture of %i characters', (size) => {
    const reader = through(partial + completed(size));
    expect(reader.finished()).toBe(true);
    expect(reader.usage()).toMatchObject({ inputTokens: 50, outputTokens: 1_000 });
  });

  it('of two is finished by the second, and costs both', () => {
    const one = through(completed(70_000), { n: 2 });
    expect([one.finished(), one.usage()]).toEqual([false, null]);
    const two = through(completed(70_000) + completed(70_000), { n: 2 });
    expect(two.finished()).toBe(true);
    expect(two.usage()).toMatchObject({ outputTokens: 2_000, extras: { outputImage: 1_800 } });
  });

  it('is never believed about its usage if it broke off or failed', () => {
    expect(through(partial).usage()).toBeNull();
    expect(through(`event: error\ndata: {"error":{}}\n\n${completed(4)}`).usage()).toBeNull();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: completed(100).length - 3 }), (length) => {
        expect(through(completed(100).slice(0, length)).usage()).toBeNull();
      }),
      { numRuns: 50 },
    );
  });

  it('that is cut is an error to the openai package: half a picture is none', async () => {
    const end = through(partial).cut({
      as: 'length',
      sentence: 'The budget is spent.',
      inputTokens: 1,
      outputTokens: 1,
    });
    const fetch = (): Promise<Response> =>
      Promise.resolve(
        new Response(partial + end, { headers: { 'content-type': 'text/event-stream' } }),
      );
    const client = new OpenAI({ apiKey: 'k', maxRetries: 0, fetch });
    const stream = await client.images.generate({ ...BASE, stream: true });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { type } of stream) seen.push(type);
    })();
    await expect(reading).rejects.toThrow('The budget is spent.');
    expect(seen).toEqual(['image_generation.partial_image']);
  });
});
