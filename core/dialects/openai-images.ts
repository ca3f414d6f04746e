// OpenAI images, made from words: JSON, or server-sent events with pictures in them. How many
// output tokens a picture comes to follows from its quality and size and cannot be lowered, so the
// request is held at that. Edits (`/v1/images/edits`) are another form with pictures in it, and not
// this.

import type { Denial } from '../denial.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import { type Ask, type Dialect, type Narrowing, PLAIN_ASK, type RequestInput } from './dialect.ts';
import { list, record } from './json-value.ts';
import { openaiImagesRequest, type OpenaiImagesRequest } from './openai-images-schema.ts';
import { imageTokensMax, PARTIAL_IMAGE_TOKENS } from './openai-images-tokens.ts';
import { imagesUsage, isByThePicture } from './openai-images-usage.ts';
import { typedEvents } from './typed-events.ts';

function readRequest({ json }: RequestInput): Result<Ask, Denial> {
  const parsed = openaiImagesRequest.safeParse(json);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const request = parsed.data;
  const { model, quality, size, prompt } = request;
  const images = request.n ?? 1;
  const isFlat = isByThePicture(model);
  const bound = imageTokensMax(model, quality ?? 'auto', size ?? 'auto');
  const each = bound.tokens + (request.partial_images ?? 0) * PARTIAL_IMAGE_TOKENS;
  return ok({
    ...PLAIN_ASK,
    model,
    stream: request.stream === true,
    outputTokensMax: isFlat ? 0 : images * each,
    isFixed: true,
    promptChars: prompt.length,
    messages: 1,
    // Of a picture without a known bound the route has to say what it may cost.
    needs: isFlat || (bound.isKnown && !request.complexity) ? [] : ['imageOutput'],
    inputRates: ['input', 'cacheWrite', 'inputImage'],
    outputRates: ['output', 'outputImage'],
    pieces: { image: images },
    body: request,
  });
}

function narrow(ask: Ask, { provider, safetyIdentifier }: Narrowing) {
  const { safety_identifier: _theirs, ...kept } = ask.body as OpenaiImagesRequest;
  const said = Object.entries(kept).filter(([, value]) => value !== null && value !== undefined);
  return {
    ...Object.fromEntries(said),
    n: kept.n ?? 1,
    ...(provider === 'openai' ? { safety_identifier: safetyIdentifier } : {}),
  };
}

export const openaiImages: Dialect = {
  id: 'openai-images',
  family: 'openai',
  bodyKind: 'json',
  upstreamPath: '/v1/images/generations',
  readRequest,
  narrow,
  framing: () => 'sse',
  openStream: (ask) =>
    typedEvents({
      endings: new Set(['image_generation.completed']),
      endingsExpected: ask.pieces.image ?? 1,
      textOf: () => '',
      usageOf: (endings) => imagesUsage(endings, endings.length, ask.model),
      // Half a picture is none.
      early: () => null,
    }),
  readUsage: (body, { model }) =>
    imagesUsage([record(body)], list(record(body)['data']).length, model),
  toolCallsIn: () => 0,
};
