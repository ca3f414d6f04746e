// A transport for `useChat` of the Vercel AI SDK that calls the model from the page itself, through
// the gateway, with a proof on every call. There is no server of your own in between.

import { createOpenAI } from '@ai-sdk/openai';
import {
  type ChatTransport,
  convertToModelMessages,
  streamText,
  toUIMessageStream,
  type UIMessage,
} from 'ai';
import type { Fetch } from '../../dist/client/index.js';

export type ProtectedTransportOptions = {
  /** Where the gateway is. */
  readonly gateway: string;
  readonly model: string;
  /** From `createFetch`, or the page's own where the script tag protects the path. */
  readonly fetch: Fetch;
};

export function createProtectedTransport(
  options: ProtectedTransportOptions,
): ChatTransport<UIMessage> {
  const { gateway, model, fetch } = options;
  const openai = createOpenAI({ baseURL: `${gateway}/v1`, apiKey: 'not-needed', fetch });
  return {
    async sendMessages({ messages, abortSignal }) {
      const { stream } = streamText({
        model: openai.chat(model),
        messages: await convertToModelMessages(messages),
        // The client tries once more by itself where that helps.
        maxRetries: 0,
        ...(abortSignal === undefined ? {} : { abortSignal }),
      });
      return toUIMessageStream({ stream });
    },
    // Nothing is kept for those who left.
    reconnectToStream: () => Promise.resolve(null),
  };
}
