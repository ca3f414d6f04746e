// The closed schema of an OpenAI Chat Completions request
// (platform.openai.com/docs/api-reference/chat). What it does not know it refuses, because an
// unknown field may cost money. Text and function tools only: bytes bound their tokens, which is
// what makes the hold safe.

import * as z from 'zod';

const MESSAGES_MAX = 2_000;
const PARTS_MAX = 200;
const TOOLS_MAX = 128;
const TOOL_CALLS_MAX = 128;
const CHOICES_MAX = 128;
const STOPS_MAX = 16;
const TOKENS_MAX = 1_000_000;

const name = z.string().min(1).max(256);
const textPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const refusalPart = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });

const text = z.union([z.string(), z.array(textPart).max(PARTS_MAX)]);
const answer = z.union([
  z.string(),
  z.array(z.union([textPart, refusalPart])).max(PARTS_MAX),
  z.null(),
]);

const toolCall = z.discriminatedUnion('type', [
  z.strictObject({
    id: z.string().max(256),
    type: z.literal('function'),
    function: z.strictObject({ name, arguments: z.string() }),
  }),
  z.strictObject({
    id: z.string().max(256),
    type: z.literal('custom'),
    custom: z.strictObject({ name, input: z.string() }),
  }),
]);

const functionCall = z.strictObject({ name, arguments: z.string() });

const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('developer'), content: text, name: name.optional() }),
  z.strictObject({ role: z.literal('system'), content: text, name: name.optional() }),
  z.strictObject({ role: z.literal('user'), content: text, name: name.optional() }),
  z.strictObject({
    role: z.literal('assistant'),
    content: answer.optional(),
    refusal: z.string().nullish(),
    name: name.optional(),
    tool_calls: z.array(toolCall).max(TOOL_CALLS_MAX).optional(),
    function_call: functionCall.nullish(),
    annotations: z.array(z.unknown()).max(0).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), content: text, tool_call_id: z.string().max(256) }),
  z.strictObject({ role: z.literal('function'), content: z.string().nullable(), name }),
]);

const jsonObject = z.record(z.string(), z.unknown());

const functionDefinition = z.strictObject({
  name,
  description: z.string().optional(),
  parameters: jsonObject.optional(),
  strict: z.boolean().nullish(),
});

const tool = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('function'), function: functionDefinition }),
  z.strictObject({
    type: z.literal('custom'),
    custom: z.strictObject({
      name,
      description: z.string().optional(),
      format: jsonObject.optional(),
    }),
  }),
]);

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.strictObject({ type: z.literal('function'), function: z.strictObject({ name }) }),
  z.strictObject({ type: z.literal('custom'), custom: z.strictObject({ name }) }),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name,
      description: z.string().optional(),
      schema: jsonObject.optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

const tokens = z.int().min(1).max(TOKENS_MAX);

export const openaiChatRequest = z.strictObject({
  model: z.string().min(1).max(128),
  messages: z.array(message).min(1).max(MESSAGES_MAX),
  max_tokens: tokens.nullish(),
  max_completion_tokens: tokens.nullish(),
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
  logit_bias: z.record(z.string().max(16), z.number().min(-100).max(100)).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string().max(1_024), z.array(z.string().max(1_024)).max(STOPS_MAX)]).nullish(),
  response_format: responseFormat.optional(),
  tools: z.array(tool).max(TOOLS_MAX).optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  functions: z.array(functionDefinition).max(TOOLS_MAX).optional(),
  function_call: z.union([z.enum(['none', 'auto']), z.strictObject({ name })]).optional(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high']).nullish(),
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),
  modalities: z.array(z.literal('text')).max(1).nullish(),
  /** Forced: `store` false, `service_tier` default. Replaced: the caller's identifiers. */
  store: z.boolean().nullish(),
  service_tier: z.enum(['auto', 'default', 'flex', 'priority']).nullish(),
  user: z.string().max(512).optional(),
  safety_identifier: z.string().max(512).optional(),
  prompt_cache_key: z.string().max(512).optional(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
});

export type OpenaiChatRequest = z.infer<typeof openaiChatRequest>;
