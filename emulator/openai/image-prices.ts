/**
 * What an image costs: gpt-image in output tokens by size and quality, dall-e in dollars a piece.
 * Figures that OpenAI published for these models, not checked against its pages of this year. An
 * unknown size or quality is priced as the dearest.
 */
export function imageTokens(size: string, quality: string): number {
  const bySize = TOKENS[quality] ?? DEAREST_TOKENS;
  return bySize[size] ?? bySize['1024x1536'] ?? 0;
}

/** Each partial image that is streamed. */
export const PARTIAL_IMAGE_TOKENS = 100;

const DEAREST_TOKENS: Readonly<Record<string, number>> = {
  '1024x1024': 4_160,
  '1024x1536': 6_240,
  '1536x1024': 6_208,
};

const TOKENS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  low: { '1024x1024': 272, '1024x1536': 408, '1536x1024': 400 },
  medium: { '1024x1024': 1_056, '1024x1536': 1_584, '1536x1024': 1_568 },
  high: DEAREST_TOKENS,
};

export function imagePicoUsd(model: string, size: string, quality: string): number {
  const usd = USD[`${model} ${quality} ${size}`] ?? (model === 'dall-e-2' ? 0.02 : 0.12);
  return Math.round(usd * PICO_PER_USD);
}

const PICO_PER_USD = 1_000_000_000_000;

const USD: Readonly<Record<string, number>> = {
  'dall-e-2 standard 256x256': 0.016,
  'dall-e-2 standard 512x512': 0.018,
  'dall-e-2 standard 1024x1024': 0.02,
  'dall-e-3 standard 1024x1024': 0.04,
  'dall-e-3 standard 1024x1792': 0.08,
  'dall-e-3 standard 1792x1024': 0.08,
  'dall-e-3 hd 1024x1024': 0.08,
  'dall-e-3 hd 1024x1792': 0.12,
  'dall-e-3 hd 1792x1024': 0.12,
};
