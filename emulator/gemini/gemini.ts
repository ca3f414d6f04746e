/**
 * The Gemini dialect's verbs: generateContent, streamGenerateContent as events or as an array, and
 * the free countTokens.
 */
import { wholeFrames } from '../answer-frame.ts';
import { isProviderError } from '../dialect.ts';
import type { Dialect } from '../dialect.ts';
import { NOTHING, plainInput } from '../prices.ts';
import { TIER_PERCENT } from '../service-tiers.ts';
import { planSpeech } from '../speech-plan.ts';
import { geminiAnswer } from './gemini-answer.ts';
import { indentedJson } from './gemini-json.ts';
import { readGeminiRequest } from './gemini-request.ts';
import { GEMINI_VOICE } from './gemini-voice.ts';

function generating(verb: 'generateContent' | 'streamGenerateContent'): Dialect {
  return {
    id: 'gemini',
    idPrefix: '',
    voice: GEMINI_VOICE,
    read: (received) => {
      const request = readGeminiRequest(received);
      if (isProviderError(request)) return request;
      const isStream = verb === 'streamGenerateContent';
      const streamed = received.query.get('alt') === 'sse' ? 'events' : 'array';
      return {
        model: request.model,
        price: request.price,
        input: plainInput(request.inputTokens, TIER_PERCENT[request.tier]),
        answer: (asked) => {
          const plan = planSpeech(asked, { ...request, isStream, speaksRefusal: false });
          return geminiAnswer({ ...plan, request }, isStream ? streamed : 'whole');
        },
      };
    },
  };
}

const COUNTING: Dialect = {
  id: 'gemini',
  idPrefix: '',
  voice: GEMINI_VOICE,
  read: (received) => {
    const request = readGeminiRequest(received);
    if (isProviderError(request)) return request;
    const { inputTokens } = request;
    const promptTokensDetails = [{ modality: 'TEXT', tokenCount: inputTokens }];
    const body = `${indentedJson({ totalTokens: inputTokens, promptTokensDetails })}\n`;
    return {
      model: request.model,
      price: undefined,
      input: { ...NOTHING },
      answer: () => ({
        status: 200,
        contentType: 'application/json; charset=UTF-8',
        isStream: false,
        frames: wholeFrames({ hidden: 0, visible: 0, tokensEach: 0 }, () => body),
        chunkCount: 0,
        outputTokens: 0,
      }),
    };
  },
};

export const GEMINI_VERBS: Readonly<Record<string, Dialect>> = {
  generateContent: generating('generateContent'),
  streamGenerateContent: generating('streamGenerateContent'),
  countTokens: COUNTING,
};
