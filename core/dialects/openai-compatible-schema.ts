// Fields that servers compatible with OpenAI have beside its own and that cost nothing, or whose
// cost can be priced. Those that choose another model, another price or another server are not here
// (OpenRouter: `models`, `route`, `provider`, `plugins`, `transforms`; Groq: `compound_custom`,
// `search_settings`; xAI: `deferred`): a caller who writes them is refused.

import * as z from 'zod';

const PLACES_MAX = 16;
const TOKENS_MAX = 1_000_000;

const thoughts = z.strictObject({
  effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).optional(),
  /** A share of the output ceiling, which is clamped. */
  max_tokens: z.int().min(0).max(TOKENS_MAX).optional(),
  exclude: z.boolean().optional(),
  enabled: z.boolean().optional(),
  summary: z.enum(['auto', 'concise', 'detailed']).optional(),
});

const day = z.string().max(10);

/** xAI bills every source that it reads: offered only where the route prices it. */
const liveSearch = z.strictObject({
  mode: z.enum(['off', 'on', 'auto']).optional(),
  max_search_results: z.int().min(1).max(50).optional(),
  return_citations: z.boolean().optional(),
  from_date: day.optional(),
  to_date: day.optional(),
  sources: z
    .array(z.strictObject({ type: z.enum(['web', 'x', 'news']) }))
    .max(PLACES_MAX)
    .optional(),
});

export const compatibleFields = {
  // OpenRouter (openrouter.ai/docs/api-reference/parameters).
  reasoning: thoughts.nullish(),
  top_k: z.int().min(0).max(1_000_000).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  top_a: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().min(0).max(2).nullish(),
  // Groq (console.groq.com/docs/api-reference#chat-create).
  include_reasoning: z.boolean().nullish(),
  reasoning_format: z.enum(['hidden', 'raw', 'parsed']).nullish(),
  // Mistral (docs.mistral.ai/api/#tag/chat).
  safe_prompt: z.boolean().nullish(),
  prompt_mode: z.literal('reasoning').nullish(),
  // DeepSeek (api-docs.deepseek.com/guides/thinking_mode).
  thinking: z.strictObject({ type: z.enum(['enabled', 'disabled']) }).nullish(),
  // xAI (docs.x.ai/docs/guides/live-search).
  search_parameters: liveSearch.nullish(),
};
