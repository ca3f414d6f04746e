// How many output tokens a picture comes to, at most. OpenAI's guide to image generation ("Cost and
// latency") has a table for the older models, and a calculator for gpt-image-2, which is this
// formula: 1024x1024 in high quality is 7,024 tokens. Pictures of models that are not listed here
// have no known bound; what is returned for them is the most of those that have.

/** Beside the picture: what a model writes while it plans one. Price lists imply about 330. */
const PLANNING_TOKENS = 512;
/** Each picture shown before it is finished, by the same page. */
export const PARTIAL_IMAGE_TOKENS = 100;

type Quality = 'low' | 'medium' | 'high';

/** Square, upright, wide. */
const SIZES = ['1024x1024', '1024x1536', '1536x1024'];
const BY_SIZE: Readonly<Record<Quality, readonly number[]>> = {
  low: [272, 408, 400],
  medium: [1_056, 1_584, 1_568],
  high: [4_160, 6_240, 6_208],
};
const TABLED = new Set([
  'gpt-image-1',
  'gpt-image-1-mini',
  'gpt-image-1.5',
  'gpt-image-1.5-2025-12-16',
]);

const STEPS: Readonly<Record<Quality, number>> = { low: 16, medium: 48, high: 96 };
const COMPUTED = new Set(['gpt-image-2', 'gpt-image-2-2026-04-21']);
const EDGE_PIXELS_MAX = 3_840;
const PIXELS_MAX = 8_294_400;

const area = (steps: number, shortSteps: number, pixels: number): number =>
  Math.ceil((steps * shortSteps * (2_000_000 + pixels)) / 4_000_000);

const isQuality = (quality: string): quality is Quality => Object.hasOwn(STEPS, quality);

function computed(quality: Quality, size: string): number {
  const steps = STEPS[quality];
  const [width = 0, height = 0] = size.split('x').map(Number);
  const long = Math.max(width, height);
  const short = Math.min(width, height);
  const isSize = short > 0 && long <= EDGE_PIXELS_MAX && width * height <= PIXELS_MAX;
  if (!isSize) return area(steps, steps, PIXELS_MAX);
  return area(steps, Math.round((steps * short) / long), width * height);
}

function tabled(quality: Quality, size: string): number {
  const row = BY_SIZE[quality];
  return row[SIZES.indexOf(size)] ?? Math.max(...row);
}

export type ImageBound = { readonly tokens: number; readonly isKnown: boolean };

/** Of one picture. Where the provider chooses, it may choose the dearest. */
export function imageTokensMax(model: string, quality: string, size: string): ImageBound {
  const isAuto = quality === 'auto' || quality === 'standard';
  const asked = isQuality(quality) ? quality : 'high';
  const tokens = TABLED.has(model) ? tabled(asked, size) : computed(asked, size);
  const isListed = TABLED.has(model) || COMPUTED.has(model);
  if (isListed && (isAuto || isQuality(quality))) {
    return { tokens: tokens + PLANNING_TOKENS, isKnown: true };
  }
  return { tokens: area(STEPS.high, STEPS.high, PIXELS_MAX) + PLANNING_TOKENS, isKnown: false };
}
