// `@langchain/openai`, its chat model.

import { ChatOpenAI } from '@langchain/openai';
import { type ClientKind, PROMPT, WEATHER_SCHEMA } from './client.ts';

const tools = [
  { type: 'function' as const, function: { name: 'weather', parameters: WEATHER_SCHEMA } },
];

type AIMessageChunk = Awaited<ReturnType<ChatOpenAI['invoke']>>;
type Counted = { readonly input_tokens: number; readonly output_tokens: number };

const countedOf = ({ usage_metadata: counted }: AIMessageChunk): Counted | undefined => counted;

const toldOf = (answer: AIMessageChunk) => ({
  text: answer.text,
  inputTokens: countedOf(answer)?.input_tokens,
  outputTokens: countedOf(answer)?.output_tokens,
  finish: answer.response_metadata['finish_reason'] as string,
});

const callsOf = (answer: AIMessageChunk) =>
  (answer.tool_calls ?? []).map(({ name, args }) => ({ name, input: args as unknown }));

export const langchain: ClientKind = {
  name: '@langchain/openai',
  lengthWord: 'length',
  throwsOnError: true,
  make(gatewayUrl, apiKey) {
    const model = 'gpt-4o-mini';
    const chat = (name: string): ChatOpenAI =>
      new ChatOpenAI({ apiKey, model: name, configuration: { baseURL: `${gatewayUrl}/v1` } });
    const gathered = async (
      stream: AsyncIterable<AIMessageChunk>,
      onPiece?: () => void,
    ): Promise<AIMessageChunk> => {
      let whole: AIMessageChunk | null = null;
      for await (const chunk of stream) {
        whole = whole === null ? chunk : whole.concat(chunk);
        if (chunk.text !== '') onPiece?.();
      }
      if (whole === null) throw new Error('an empty stream');
      return whole;
    };
    return {
      model,
      async ask(other = model) {
        return toldOf(await chat(other).invoke(PROMPT));
      },
      async stream(signal, onPiece) {
        const stream = await chat(model).stream(PROMPT, signal === undefined ? {} : { signal });
        return toldOf(await gathered(stream, onPiece));
      },
      async askForTools() {
        return callsOf(await chat(model).bindTools(tools).invoke(PROMPT));
      },
      async streamTools() {
        return callsOf(await gathered(await chat(model).bindTools(tools).stream(PROMPT)));
      },
    };
  },
};
