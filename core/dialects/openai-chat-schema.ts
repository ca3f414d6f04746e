// The closed schema of an OpenAI Chat Completions request: every field of `openai` 7.57
// (resources/chat/completions) and the harmless ones of compatible servers. What it does not know
// it refuses, because an unknown field may cost money. What of it costs is `openai-chat-cost.ts`;
// what of it goes up is `openai-compatible.ts`.

import * as z from 'zod';
import { compatibleFields } from './openai-compatible-schema.ts';
import { chatMessages } from './openai-chat-messages.ts';
import { responseFormat, toolFields } from './openai-chat-tools.ts';

export const CHOICES_MAX = 128;
const STOPS_MAX = 16;
const STOP_CHARS_MAX = 1_024;
const TOKENS_MAX = 1_000_000;
const BIASES_MAX = 1_024;
const LABELS_MAX = 16;
const LABEL_CHARS_MAX = 512;

export const tokens = z.int().min(1).max(TOKENS_MAX);

/** What the APIs of completions, the chat's and the older one, have in common. */
export const samplingFields = {
  n: z.int().min(1).max(CHOICES_MAX).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().optional(),
      include_obfuscation: z.boolean().optional(),
    })
    .nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z
    .record(z.string().regex(/^\d{1,9}$/), z.number().min(-100).max(100))
    .refine((biases) => Object.keys(biases).length <= BIASES_MAX, {
      error: `At most ${String(BIASES_MAX)} tokens can be biased.`,
    })
    .nullish(),
  seed: z
    .int({
      error: 'Write an integer between -(2^53 - 1) and 2^53 - 1: of a larger one digits are lost.',
    })
    .nullish(),
  stop: z
    .union([z.string().max(STOP_CHARS_MAX), z.array(z.string().max(STOP_CHARS_MAX)).max(STOPS_MAX)])
    .nullish(),
};

const label = z.string().max(LABEL_CHARS_MAX);

const moderated = z.strictObject({ mode: z.enum(['score', 'block']) }).nullish();

const place = z.strictObject({
  type: z.literal('approximate'),
  approximate: z.strictObject({
    city: label.optional(),
    country: label.optional(),
    region: label.optional(),
    timezone: label.optional(),
  }),
});

/** Understood so that they can be refused by name or left out; none of these is forwarded. */
const droppedFields = {
  prediction: z
    .strictObject({
      type: z.literal('content'),
      content: z.union([
        z.string(),
        z.array(z.strictObject({ type: z.literal('text'), text: z.string() })).max(200),
      ]),
    })
    .nullish(),
  store: z.boolean().nullish(),
  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast']).nullish(),
  user: label.nullish(),
  safety_identifier: label.nullish(),
  prompt_cache_key: label.nullish(),
  prompt_cache_retention: z.enum(['in_memory', '24h']).nullish(),
  prompt_cache_options: z
    .strictObject({
      mode: z.enum(['implicit', 'explicit']).optional(),
      ttl: z.literal('30m').optional(),
    })
    .nullish(),
  moderation: z
    .strictObject({
      model: label,
      policy: z.strictObject({ input: moderated, output: moderated }).nullish(),
    })
    .nullish(),
  metadata: z
    .record(z.string().max(64), label)
    .refine((labels) => Object.keys(labels).length <= LABELS_MAX, {
      error: `At most ${String(LABELS_MAX)} pairs can be given.`,
    })
    .nullish(),
};

export const openaiChatRequest = z.strictObject({
  model: z.string().min(1).max(128),
  messages: chatMessages,
  max_tokens: tokens.nullish(),
  max_completion_tokens: tokens.nullish(),
  ...samplingFields,
  ...toolFields,
  ...droppedFields,
  ...compatibleFields,
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  response_format: responseFormat.nullish(),
  /** `default` is Groq's. */
  reasoning_effort: z
    .enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'default'])
    .nullish(),
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),
  modalities: z
    .array(z.enum(['text', 'audio']))
    .min(1)
    .max(2)
    .nullish(),
  audio: z
    .strictObject({
      format: z.enum(['wav', 'aac', 'mp3', 'flac', 'opus', 'pcm16']),
      voice: z.union([
        z.string().min(1).max(64),
        z.strictObject({ id: z.string().min(1).max(128) }),
      ]),
    })
    .nullish(),
  web_search_options: z
    .strictObject({
      search_context_size: z.enum(['low', 'medium', 'high']).optional(),
      user_location: place.nullish(),
    })
    .nullish(),
});

export type OpenaiChatRequest = z.infer<typeof openaiChatRequest>;
