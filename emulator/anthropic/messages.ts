/**
 * The Anthropic dialects: POST /v1/messages, and the free POST /v1/messages/count_tokens.
 */
import { wholeFrames } from '../answer-frame.ts';
import { isProviderError } from '../dialect.ts';
import type { Dialect } from '../dialect.ts';
import { NOTHING } from '../prices.ts';
import { planSpeech } from '../speech-plan.ts';
import { ANTHROPIC_VOICE } from './anthropic-voice.ts';
import { messagesAnswer } from './messages-answer.ts';
import { readMessagesRequest } from './messages-request.ts';

export const ANTHROPIC_MESSAGES: Dialect = {
  id: 'anthropic-messages',
  idPrefix: 'msg_01',
  voice: ANTHROPIC_VOICE,
  read: (received) => {
    const request = readMessagesRequest(received, false);
    if (isProviderError(request)) return request;
    const { model, price, input, stream, hidesThinking } = request;
    return {
      model,
      price,
      input,
      answer: (asked) => {
        const shown = { showsThinking: !hidesThinking, speaksRefusal: false };
        const wish = { ...request, ...shown, isStream: stream, choices: 1 };
        return messagesAnswer({ ...planSpeech(asked, wish), request });
      },
    };
  },
};

export const ANTHROPIC_COUNT_TOKENS: Dialect = {
  id: 'anthropic-count-tokens',
  idPrefix: 'count_01',
  voice: ANTHROPIC_VOICE,
  read: (received) => {
    const request = readMessagesRequest(received, true);
    if (isProviderError(request)) return request;
    const body = JSON.stringify({ input_tokens: request.input.inputTokens });
    return {
      model: request.model,
      price: undefined,
      input: { ...NOTHING },
      answer: () => ({
        status: 200,
        contentType: 'application/json',
        isStream: false,
        frames: wholeFrames({ hidden: 0, visible: 0, tokensEach: 0 }, () => body),
        chunkCount: 0,
        outputTokens: 0,
      }),
    };
  },
};
