/**
 * POST /v1/images/generations: gpt-image models sell tokens and may stream partial images, dall-e
 * sells pieces. Every image is the same one-pixel PNG; only its price knows the size asked for.
 */
import { chunkFrame, plainFrame, wholeFrames } from '../answer-frame.ts';
import type { Answer, Frames } from '../answer-frame.ts';
import { isProviderError } from '../dialect.ts';
import type { AskedAnswer, Dialect, ProviderError } from '../dialect.ts';
import { isWholeNumber, parseObject, tokensOfBytes } from '../json-record.ts';
import type { JsonObject } from '../json-record.ts';
import { findPrice, NOTHING } from '../prices.ts';
import type { ModelPrice } from '../prices.ts';
import { tellerOf } from '../usage-teller.ts';
import { imagePicoUsd, imageTokens, PARTIAL_IMAGE_TOKENS } from './image-prices.ts';
import { invalidRequest, missingModel, unknownModel, unparsable } from './openai-error.ts';
import { wrongType } from './openai-error.ts';
import { OPENAI_VOICE } from './openai-voice.ts';

export const OPENAI_IMAGES: Dialect = {
  id: 'openai-images',
  idPrefix: 'img_',
  voice: OPENAI_VOICE,
  read: ({ body }) => {
    const record = parseObject(body.text);
    if (record === undefined) return unparsable();
    const wish = readImages(record);
    if (isProviderError(wish)) return wish;
    const { model, price, promptTokens, feesPicoUsd } = wish;
    return {
      model,
      price,
      input: { ...NOTHING, inputTokens: promptTokens, feesPicoUsd },
      answer: (asked) => imagesAnswer(wish, asked),
    };
  },
};

const IMAGES_MAX = 10;
const PARTIAL_IMAGES_MAX = 3;
const PNG_BASE64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

type ImageWish = {
  readonly model: string;
  readonly price: ModelPrice;
  readonly images: number;
  readonly isStream: boolean;
  readonly partialImages: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly feesPicoUsd: number;
  readonly isTokenPriced: boolean;
  readonly wantsUrl: boolean;
  readonly size: string;
  readonly quality: string;
};

function readImages(record: JsonObject): ImageWish | ProviderError {
  const { model = 'dall-e-2', prompt, n = 1, partial_images: partial = 0 } = record;
  if (typeof model !== 'string') return missingModel();
  const price = findPrice(model, 'openai', 'images');
  if (price === undefined) return unknownModel(model);
  if (typeof prompt !== 'string' || prompt === '') {
    return invalidRequest("Missing required parameter: 'prompt'.", 'prompt');
  }
  if (!isWholeNumber(n, 1, model === 'dall-e-3' ? 1 : IMAGES_MAX)) {
    return wrongType('n', `1 to ${IMAGES_MAX}`);
  }
  if (!isWholeNumber(partial, 0, PARTIAL_IMAGES_MAX)) {
    return wrongType('partial_images', `0 to ${PARTIAL_IMAGES_MAX}`);
  }
  const isTokenPriced = model.startsWith('gpt-image');
  const isStream = record['stream'] === true;
  if (isStream && !isTokenPriced) {
    return invalidRequest(`Streaming is not supported for ${model}.`, 'stream');
  }
  const size = named(record['size'], '1024x1024');
  const quality = named(record['quality'], isTokenPriced ? 'high' : 'standard');
  const tokensEach = imageTokens(size, quality) + (isStream ? partial * PARTIAL_IMAGE_TOKENS : 0);
  return {
    model,
    price,
    images: n,
    isStream,
    partialImages: isStream ? partial : 0,
    promptTokens: isTokenPriced ? tokensOfBytes(Buffer.byteLength(prompt)) : 0,
    outputTokens: isTokenPriced ? n * tokensEach : 0,
    feesPicoUsd: isTokenPriced ? 0 : n * imagePicoUsd(model, size, quality),
    isTokenPriced,
    wantsUrl: !isTokenPriced && record['response_format'] !== 'b64_json',
    size,
    quality,
  };
}

/** `auto` is what the provider makes of it. */
const named = (value: unknown, fallback: string): string =>
  typeof value === 'string' && value !== 'auto' ? value : fallback;

function imagesAnswer(wish: ImageWish, { run, record, callsBefore }: AskedAnswer): Answer {
  const tell = tellerOf(run.script.fault, callsBefore);
  const { inputTokens } = record.units;
  const usage =
    tell && wish.isTokenPriced
      ? {
          total_tokens: tell(inputTokens + wish.outputTokens),
          input_tokens: tell(inputTokens),
          output_tokens: tell(wish.outputTokens),
          input_tokens_details: { text_tokens: inputTokens, image_tokens: 0 },
        }
      : undefined;
  const created = Math.floor(record.startedAtMs / 1000);
  const shape = { output_format: 'png', quality: wish.quality, size: wish.size };
  const image = wish.wantsUrl
    ? { url: 'http://127.0.0.1/emulated.png', revised_prompt: 'A cart of salt.' }
    : { b64_json: PNG_BASE64 };
  const body = {
    created,
    ...(wish.isTokenPriced ? { background: 'opaque' } : {}),
    data: Array.from({ length: wish.images }, () => image),
    ...(wish.isTokenPriced ? shape : {}),
    usage,
  };
  const ticks = { hidden: 0, visible: wish.images, tokensEach: wish.outputTokens / wish.images };
  return {
    status: 200,
    contentType: wish.isStream ? 'text/event-stream; charset=utf-8' : 'application/json',
    isStream: wish.isStream,
    frames: wish.isStream
      ? streamFrames(wish, { ...shape, created_at: created, background: 'opaque' }, usage)
      : wholeFrames(ticks, () => `${JSON.stringify(body, null, 2)}\n`),
    chunkCount: wish.isStream ? wish.images * (wish.partialImages + 1) : wish.images,
    outputTokens: wish.outputTokens,
  };
}

function* streamFrames(wish: ImageWish, shape: object, usage: object | undefined): Frames {
  const event = (name: string, members: object): string => {
    const type = `image_generation.${name}`;
    const data = { type, b64_json: PNG_BASE64, ...members, ...shape };
    return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  };
  const wholeTokens = wish.outputTokens / wish.images - wish.partialImages * PARTIAL_IMAGE_TOKENS;
  for (let image = 0; image < wish.images; image += 1) {
    for (let index = 0; index < wish.partialImages; index += 1) {
      const bytes = event('partial_image', { partial_image_index: index });
      yield chunkFrame(bytes, PARTIAL_IMAGE_TOKENS);
    }
    yield chunkFrame('', wholeTokens);
    // Usage stands for all images and so comes with the last.
    const isLast = image === wish.images - 1;
    yield plainFrame(event('completed', isLast && usage !== undefined ? { usage } : {}));
  }
}
