// The closed schema of an OpenAI completions request (`openai` 7.57, resources/completions): the
// API from before chats. Prompts may be texts or lists of tokens; everything multiplies, and is
// bounded.

import * as z from 'zod';
import { samplingFields, tokens } from './openai-chat-schema.ts';

const PROMPTS_MAX = 2_048;
const PROMPT_TOKENS_MAX = 1_000_000;
const TOKEN_MAX = 1_000_000;
const BEST_OF_MAX = 20;

const token = z.int().min(0).max(TOKEN_MAX);
const tokenPrompt = z.array(token).min(1).max(PROMPT_TOKENS_MAX);

export const openaiCompletionsRequest = z
  .strictObject({
    model: z.string().min(1).max(128),
    prompt: z.union(
      [
        z.string(),
        z.array(z.string()).min(1).max(PROMPTS_MAX),
        tokenPrompt,
        z.array(tokenPrompt).min(1).max(PROMPTS_MAX),
      ],
      { error: 'Write a text, a list of texts, a list of tokens, or a list of such lists.' },
    ),
    max_tokens: tokens.nullish(),
    ...samplingFields,
    best_of: z.int().min(1).max(BEST_OF_MAX).nullish(),
    echo: z.boolean().nullish(),
    logprobs: z.int().min(0).max(5).nullish(),
    suffix: z.string().nullish(),
    user: z.string().max(512).nullish(),
  })
  // What is generated and thrown away is billed and does not show: it could not be counted.
  .refine(({ stream, best_of, n }) => stream !== true || (best_of ?? 1) <= (n ?? 1), {
    path: ['best_of'],
    error: 'The best of several cannot be streamed.',
  });

export type OpenaiCompletionsRequest = z.infer<typeof openaiCompletionsRequest>;
