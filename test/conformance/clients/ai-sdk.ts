// `ai` with the providers of OpenAI (both of its APIs), Anthropic and Google.

import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import {
  generateText,
  jsonSchema,
  type LanguageModel,
  streamText,
  type Tool,
  tool,
  type ToolSet,
} from 'ai';
import { type ClientKind, PROMPT, WEATHER_SCHEMA } from './client.ts';

const tools: ToolSet = { weather: tool({ inputSchema: jsonSchema(WEATHER_SCHEMA) }) as Tool };

type ModelOf = (gatewayUrl: string, apiKey: string, model: string) => LanguageModel;

/** Nothing is kept at OpenAI through us: without this the provider would send references to it. */
const providerOptions = { openai: { store: false } };

const aiClient = (name: string, model: string, modelOf: ModelOf): ClientKind => ({
  name: `ai, ${name}`,
  lengthWord: 'length',
  throwsOnError: true,
  make(gatewayUrl, apiKey) {
    const provider = (name: string): LanguageModel => modelOf(gatewayUrl, apiKey, name);
    const base = { prompt: PROMPT, providerOptions };
    /** An error inside a stream comes as a part of it. */
    const failing = () => {
      let failure: unknown = null;
      return {
        onError({ error }: { error: unknown }): void {
          failure = error;
        },
        check(): void {
          if (failure !== null) throw failure as Error;
        },
      };
    };
    return {
      model,
      async ask(other = model) {
        const answer = await generateText({ ...base, model: provider(other) });
        const { inputTokens, outputTokens } = answer.usage;
        return { text: answer.text, inputTokens, outputTokens, finish: answer.finishReason };
      },
      async stream(signal, onPiece) {
        const failed = failing();
        const answer = streamText({
          ...base,
          ...failed,
          model: provider(model),
          ...(signal === undefined ? {} : { abortSignal: signal }),
        });
        let text = '';
        for await (const piece of answer.textStream) {
          text += piece;
          onPiece?.();
        }
        failed.check();
        const { inputTokens, outputTokens } = await answer.usage;
        return { text, inputTokens, outputTokens, finish: await answer.finishReason };
      },
      async askForTools() {
        const answer = await generateText({ ...base, tools, model: provider(model) });
        return answer.toolCalls.map(({ toolName, input }) => ({
          name: toolName,
          input: input as unknown,
        }));
      },
      async streamTools() {
        const answer = streamText({ ...base, tools, model: provider(model) });
        await answer.consumeStream();
        return (await answer.toolCalls).map(({ toolName, input }) => ({
          name: toolName,
          input: input as unknown,
        }));
      },
    };
  },
});

export const AI_SDK: readonly ClientKind[] = [
  aiClient('@ai-sdk/openai chat', 'gpt-4o-mini', (url, apiKey, model) =>
    createOpenAI({ apiKey, baseURL: `${url}/v1` }).chat(model),
  ),
  aiClient('@ai-sdk/openai responses', 'gpt-4o-mini', (url, apiKey, model) =>
    createOpenAI({ apiKey, baseURL: `${url}/v1` }).responses(model),
  ),
  aiClient('@ai-sdk/anthropic', 'claude-haiku-4-5', (url, apiKey, model) =>
    createAnthropic({ apiKey, baseURL: `${url}/v1` })(model),
  ),
  aiClient('@ai-sdk/google', 'gemini-2.5-flash', (url, apiKey, model) =>
    createGoogleGenerativeAI({ apiKey, baseURL: `${url}/v1beta` })(model),
  ),
];
