// The closed schema of a request for pictures (developers.openai.com/api/reference, images; package
// openai 7.57). Moving and drawn pictures are made by further models and frames, and refused.

import * as z from 'zod';
import { dropped, refused } from './openai-responses-items.ts';

const PROMPT_CHARS_MAX = 32_000;
/** The provider's own. */
const IMAGES_MAX = 10;
const PARTIALS_MAX = 3;

export const openaiImagesRequest = z.strictObject({
  model: z.string().min(1).max(128),
  prompt: z.string().min(1).max(PROMPT_CHARS_MAX),
  n: z.int().min(1).max(IMAGES_MAX).nullish(),
  size: z
    .string()
    .regex(/^(?:auto|\d{2,4}x\d{2,4})$/, 'Write auto, or a size as 1024x1024.')
    .nullish(),
  quality: z.enum(['auto', 'low', 'medium', 'high', 'xhigh', 'max', 'standard', 'hd']).nullish(),
  /** How long the model plans: in tokens that nobody gives a bound for. */
  complexity: z.enum(['low', 'medium', 'high']).nullish(),
  background: z.enum(['transparent', 'opaque', 'auto']).nullish(),
  moderation: z.enum(['low', 'auto']).nullish(),
  output_format: z
    .enum(['png', 'jpeg', 'webp'], 'Write png, jpeg or webp: others are not offered here.')
    .nullish(),
  output_compression: z.int().min(0).max(100).nullish(),
  response_format: z.enum(['url', 'b64_json']).nullish(),
  style: z.enum(['vivid', 'natural']).nullish(),
  stream: z.boolean().nullish(),
  partial_images: z.int().min(0).max(PARTIALS_MAX).nullish(),
  svg: refused('Drawings by a second model are not offered here.'),
  frame_count: refused('Moving pictures are not offered here.'),
  frame_duration_ms: refused('Moving pictures are not offered here.'),
  safety_identifier: z.string().max(512).nullish(),
  user: dropped,
});

export type OpenaiImagesRequest = z.infer<typeof openaiImagesRequest>;
