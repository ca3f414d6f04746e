/**
 * The OpenAI Responses dialect: POST /v1/responses, streamed or whole.
 */
import { isProviderError } from '../dialect.ts';
import type { Dialect } from '../dialect.ts';
import { plainInput } from '../prices.ts';
import { TIER_PERCENT } from '../service-tiers.ts';
import { planSpeech } from '../speech-plan.ts';
import { OPENAI_VOICE } from './openai-voice.ts';
import { responsesAnswer } from './responses-answer.ts';
import { readResponsesRequest } from './responses-request.ts';

export const OPENAI_RESPONSES: Dialect = {
  id: 'openai-responses',
  idPrefix: 'resp_',
  voice: OPENAI_VOICE,
  read: ({ body }) => {
    const request = readResponsesRequest(body);
    if (isProviderError(request)) return request;
    return {
      model: request.model,
      price: request.price,
      input: plainInput(request.inputTokens, TIER_PERCENT[request.tier]),
      answer: (asked) => {
        const isStream = request.stream;
        const wish = { ...request, isStream, choices: 1, speaksRefusal: true };
        return responsesAnswer({ ...planSpeech(asked, wish), request });
      },
    };
  },
};
