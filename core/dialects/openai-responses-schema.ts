// The closed schema of an OpenAI Responses request (developers.openai.com/api/reference, responses;
// package openai 7.57). What it does not know it refuses, because an unknown field may cost money.

import * as z from 'zod';
import { dropped, item, refused } from './openai-responses-items.ts';
import { tool, toolChoice } from './openai-responses-tools.ts';

const ITEMS_MAX = 2_000;
const TOOLS_MAX = 128;
const TOKENS_MAX = 1_000_000;
/** The provider's own least. */
export const OUTPUT_TOKENS_LEAST = 16;
const METADATA_MAX = 16;
const VARIABLES_MAX = 64;

const id = z.string().min(1).max(256);
const jsonObject = z.record(z.string(), z.unknown());

const format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    name: z.string().min(1).max(256),
    description: z.string().optional(),
    schema: jsonObject,
    strict: z.boolean().nullish(),
  }),
]);

const summary = z.enum(['auto', 'concise', 'detailed']).nullish();

const reasoning = z.strictObject({
  effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  summary,
  generate_summary: summary,
  context: z.enum(['auto', 'current_turn', 'all_turns']).nullish(),
  mode: z.enum(['standard', 'pro']).nullish(),
});

/** What an answer may bring along; none of it is generated for it. */
const included = z.enum([
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
]);

export const openaiResponsesRequest = z.strictObject({
  model: z.string().min(1).max(128),
  input: z.union([z.string(), z.array(item).min(1).max(ITEMS_MAX)]),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(OUTPUT_TOKENS_LEAST).max(TOKENS_MAX).nullish(),
  /** Bounds calls of built-in tools, not their tokens. */
  max_tool_calls: z.int().min(1).max(1_000).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  text: z
    .strictObject({
      format: format.optional(),
      verbosity: z.enum(['low', 'medium', 'high']).nullish(),
    })
    .optional(),
  reasoning: reasoning.nullish(),
  tools: z.array(tool).max(TOOLS_MAX).optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  include: z.array(included).max(included.options.length).nullish(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= METADATA_MAX, 'At most 16 pairs.')
    .nullish(),
  prompt_cache_key: z.string().max(512).nullish(),

  /** State that the provider keeps: a long context in a few bytes. */
  previous_response_id: id.nullish(),
  conversation: z.union([id, z.strictObject({ id })]).nullish(),
  prompt: z
    .strictObject({
      id,
      version: z.string().max(64).nullish(),
      variables: z
        .record(z.string().max(256), z.string())
        .refine((all) => Object.keys(all).length <= VARIABLES_MAX, 'At most 64 variables.')
        .nullish(),
    })
    .nullish(),
  background: z.boolean().nullish(),

  context_management: refused('A context that the provider compacts by itself has no price here.'),
  /** Forced, replaced, or dropped. */
  store: z.boolean().nullish(),
  service_tier: z
    .enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast'])
    .nullish(),
  safety_identifier: z.string().max(512).nullish(),
  user: dropped,
  access_programs: dropped,
  image: dropped,
  moderation: dropped,
  prompt_cache_options: dropped,
  prompt_cache_retention: dropped,
});

export type OpenaiResponsesRequest = z.infer<typeof openaiResponsesRequest>;
