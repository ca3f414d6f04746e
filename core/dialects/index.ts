// Every dialect, in the order they are tried. The line is the registration.

import { anthropicCountTokens } from './anthropic-count-tokens.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { aiSdkUi } from './ai-sdk-ui.ts';
import type { Dialect } from './dialect.ts';
import { gemini } from './gemini.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiCompletions } from './openai-completions.ts';
import { openaiEmbeddings } from './openai-embeddings.ts';
import { openaiImages } from './openai-images.ts';
import { openaiResponses } from './openai-responses.ts';
import { openaiSpeech } from './openai-speech.ts';
import { openaiTranscription } from './openai-transcription.ts';
import { plain } from './plain.ts';

export const DIALECTS = [
  openaiChat,
  openaiCompletions,
  openaiResponses,
  openaiEmbeddings,
  openaiImages,
  openaiSpeech,
  openaiTranscription,
  anthropicMessages,
  anthropicCountTokens,
  gemini,
  aiSdkUi,
  plain,
] as const satisfies readonly Dialect[];

export const dialectById = (id: string): Dialect | null =>
  DIALECTS.find((dialect) => dialect.id === id) ?? null;

/** Their names, for the policy. */
export const DIALECT_IDS = DIALECTS.map(({ id }) => id);
