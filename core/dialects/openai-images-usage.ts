// Usage as the image models report it, in our vocabulary: words and pictures that went in, pictures
// that came out. Models priced by the picture report none; then the pictures are counted.

import { isCount, partOf, type Tokens, type Usage } from '../pricing/usage.ts';
import { type Json, record, text } from './json-value.ts';

type Other = Tokens & { readonly model: string };

const NO_TOKENS: Tokens = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** One report; null if it is nonsense. */
function tokensIn(usage: Json): Tokens | null {
  const { input_tokens: input, output_tokens: output } = usage;
  if (!isCount(input) || !isCount(output)) return null;
  const written = partOf(record(usage['output_tokens_details'])['text_tokens'], output);
  const shown = partOf(record(usage['input_tokens_details'])['image_tokens'], input);
  return {
    ...NO_TOKENS,
    inputTokens: input,
    outputTokens: output,
    extras: { inputImage: shown, outputImage: output - written },
  };
}

const sumOf = (first: Tokens, second: Tokens): Tokens => ({
  ...NO_TOKENS,
  inputTokens: first.inputTokens + second.inputTokens,
  outputTokens: first.outputTokens + second.outputTokens,
  extras: {
    inputImage: (first.extras?.inputImage ?? 0) + (second.extras?.inputImage ?? 0),
    outputImage: (first.extras?.outputImage ?? 0) + (second.extras?.outputImage ?? 0),
  },
});

/** A drawing is written by a model of its own; null if what is said of it is nonsense. */
function drawnBy(value: unknown): readonly Other[] | null {
  if (value === undefined || value === null) return [];
  const { input_tokens: input, output_tokens: output, model } = record(value);
  if (!isCount(input) || !isCount(output) || text(model) === '') return null;
  return [{ ...NO_TOKENS, model: text(model), inputTokens: input, outputTokens: output }];
}

/** Priced by the picture, whatever is in it: these have no tokens. */
const BY_THE_PICTURE = new Set(['dall-e-2', 'dall-e-3']);
export const isByThePicture = (model: string): boolean => BY_THE_PICTURE.has(model);

/** `answers` each carry a `usage`; all of them together hold so many pictures. */
export function imagesUsage(answers: readonly Json[], images: number, model: string): Usage | null {
  if (images === 0) return null;
  let sum: Tokens = NO_TOKENS;
  const others: Other[] = [];
  for (const answer of answers) {
    const drawn = drawnBy(answer['svg_usage']);
    const tokens = isByThePicture(model) ? NO_TOKENS : tokensIn(record(answer['usage']));
    if (tokens === null || drawn === null) return null;
    sum = sumOf(sum, tokens);
    others.push(...drawn);
  }
  return {
    ...sum,
    // A row that sells pictures prices these, one that sells tokens does not.
    extras: { ...sum.extras, image: images },
    ...(others.length > 0 ? { others } : {}),
  };
}
