// Every official client that is tried.

import { AI_SDK } from './ai-sdk.ts';
import { anthropic } from './anthropic.ts';
import type { ClientKind } from './client.ts';
import { googleGenai } from './google-genai.ts';
import { langchain } from './langchain.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';

export const CLIENTS: readonly ClientKind[] = [
  openaiChat,
  openaiResponses,
  anthropic,
  googleGenai,
  ...AI_SDK,
  langchain,
];
