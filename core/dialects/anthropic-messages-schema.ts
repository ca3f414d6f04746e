// The closed schema of an Anthropic Messages request (platform.claude.com/docs/en/api/messages,
// @anthropic-ai/sdk 1.12, beta fields included). What it does not know it refuses, because an
// unknown field may cost money; what brings in another model, a second pass over the context or
// somebody else's server is refused in a sentence.

import * as z from 'zod';
import {
  cacheControl,
  content,
  jsonObject,
  name,
  textContent,
} from './anthropic-messages-content.ts';
import { record, text } from './json-value.ts';

const MESSAGES_MAX = 2_000;
const TOOLS_MAX = 128;
const STOPS_MAX = 64;
const EXAMPLES_MAX = 64;
const DOMAINS_MAX = 256;
const TOKENS_MAX = 1_000_000;
/** The provider takes no smaller one. */
export const THINKING_TOKENS_MIN = 1_024;

const effort = z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish();

const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('user'), content }),
  z.strictObject({ role: z.literal('assistant'), content }),
  z.strictObject({
    role: z.literal('system'),
    content: textContent,
    clear_at: z.literal('next_user_message').optional(),
    output_config: z.strictObject({ effort }).optional(),
  }),
]);

const anyTool = {
  cache_control: cacheControl,
  allowed_callers: z.array(z.string().max(64)).max(8).optional(),
  defer_loading: z.boolean().optional(),
  strict: z.boolean().optional(),
  input_examples: z.array(jsonObject).max(EXAMPLES_MAX).optional(),
};

const customTool = z.strictObject({
  type: z.literal('custom').nullish(),
  name,
  description: z.string().optional(),
  input_schema: jsonObject,
  eager_input_streaming: z.boolean().nullish(),
  ...anyTool,
});

/** The app runs them; the provider adds only a prompt of its own. */
export const CLIENT_TOOL = /^(?:bash|text_editor)_\d{8}$/;
/** The provider runs them, or their prompts and results were never measured. */
const SERVER_TOOL = new RegExp(
  `^(?:(?:${[
    'web_search',
    'web_fetch',
    'code_execution',
    'tool_search_tool_bm25',
    'tool_search_tool_regex',
    'memory',
    'computer',
    'computer_toolset',
    'browser_toolset',
  ].join('|')})_\\d{8}|tool_search_tool_(?:bm25|regex))$`,
);

const clientTool = z.strictObject({
  type: z.string().regex(CLIENT_TOOL),
  name,
  max_characters: z.int().min(1).nullish(),
  ...anyTool,
});

const domains = z.array(z.string().max(512)).max(DOMAINS_MAX).nullish();
const pixels = z.int().min(1).max(16_384).optional();

const serverTool = z.strictObject({
  type: z.string().regex(SERVER_TOOL, 'This is not a tool that is known here.'),
  name: name.optional(),
  max_uses: z.int().min(1).max(100).nullish(),
  max_content_tokens: z.int().min(1).max(TOKENS_MAX).nullish(),
  allowed_domains: domains,
  blocked_domains: domains,
  user_location: jsonObject.nullish(),
  citations: z.strictObject({ enabled: z.boolean().optional() }).nullish(),
  display_width_px: pixels,
  display_height_px: pixels,
  display_number: z.int().min(0).max(64).nullish(),
  enable_zoom: z.boolean().optional(),
  configs: jsonObject.nullish(),
  ...anyTool,
});

/** By its type, so that a refusal is about the tool that was meant. */
const tool = z.unknown().transform((value, context) => {
  const type = text(record(value)['type']);
  const isCustom = type === '' || type === 'custom';
  const schema = isCustom ? customTool : CLIENT_TOOL.test(type) ? clientTool : serverTool;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ ...issue, input: value }));
  context.issues.push(...(issues as z.core.$ZodRawIssue[]));
  return z.NEVER;
});

const parallel = { disable_parallel_tool_use: z.boolean().optional() };
const toolChoice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), ...parallel }),
  z.strictObject({ type: z.literal('any'), ...parallel }),
  z.strictObject({ type: z.literal('tool'), name, ...parallel }),
  z.strictObject({ type: z.literal('none') }),
]);

const display = z.enum(['summarized', 'omitted', 'updates']).nullish();
const thinking = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('enabled'),
    budget_tokens: z.int().min(THINKING_TOKENS_MIN).max(TOKENS_MAX),
    display,
  }),
  z.strictObject({ type: z.literal('adaptive'), display }),
  z.strictObject({ type: z.literal('between_tools') }),
  z.strictObject({ type: z.literal('disabled') }),
]);

const format = z.strictObject({ type: z.literal('json_schema'), schema: jsonObject }).nullish();
const outputConfig = z.strictObject({
  effort,
  format,
  task_budget: z
    .strictObject({
      type: z.literal('tokens'),
      total: z.int().min(1).max(TOKENS_MAX),
      remaining: z.int().min(0).max(TOKENS_MAX).nullish(),
    })
    .nullish(),
});

/** Known, and never let through: null, which some clients write, says the same as nothing. */
const never = (sentence: string) => z.null({ error: sentence }).optional();

const OTHER_MODEL = 'Another model may not answer in the place of the one that was asked for.';
const SECOND_PASS = 'The context may not be worked on by the provider: send the one that is meant.';

const prompt = {
  model: z.string().min(1).max(128),
  messages: z.array(message).min(1).max(MESSAGES_MAX),
  system: textContent.optional(),
  tools: z.array(tool).max(TOOLS_MAX).optional(),
  tool_choice: toolChoice.optional(),
  thinking: thinking.optional(),
  output_config: outputConfig.nullish(),
  output_format: format,
  cache_control: cacheControl,
  /** Stripped: 6 times, and 1.1 times, the price. */
  speed: z.enum(['standard', 'fast']).nullish(),
  inference_geo: z.string().max(64).nullish(),
  mcp_servers: never('Servers of tools may not be named for the provider to call.'),
  context_management: never(SECOND_PASS),
  compaction: never(SECOND_PASS),
  thread: never('A thread that the provider keeps may not be gone on with here.'),
  billing_policy: never('How the provider bills is not for a caller to say.'),
};

export const anthropicCountRequest = z.strictObject(prompt);

export const anthropicMessagesRequest = z.strictObject({
  ...prompt,
  /** Zero only writes the cache. */
  max_tokens: z.int().min(0).max(TOKENS_MAX),
  container: z.string().min(1).max(256).nullish(),
  stream: z.boolean().nullish(),
  stop_sequences: z.array(z.string().max(1_024)).max(STOPS_MAX).nullish(),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).max(1_000_000).nullish(),
  /** Forced and replaced. */
  service_tier: z.enum(['auto', 'standard_only']).nullish(),
  metadata: z.strictObject({ user_id: z.string().max(512).nullish() }).nullish(),
  /** Stripped: it names an earlier message to compare with. */
  diagnostics: z.strictObject({ previous_message_id: z.string().max(256).nullish() }).nullish(),
  fallbacks: never(OTHER_MODEL),
  fallback_credit_token: never(OTHER_MODEL),
});

export type AnthropicPrompt = z.infer<typeof anthropicCountRequest>;
export type AnthropicMessagesRequest = z.infer<typeof anthropicMessagesRequest>;
