// `openai`, Chat Completions.

import OpenAI from 'openai';
import { type ClientKind, PROMPT, WEATHER_SCHEMA } from './client.ts';

const messages = [{ role: 'user' as const, content: PROMPT }];
const tools = [
  { type: 'function' as const, function: { name: 'weather', parameters: WEATHER_SCHEMA } },
];

type Message = OpenAI.ChatCompletionMessage | null | undefined;

const callsOf = (message: Message) =>
  (message?.tool_calls ?? []).map((call) =>
    call.type === 'function'
      ? { name: call.function.name, input: JSON.parse(call.function.arguments) as unknown }
      : { name: call.custom.name, input: call.custom.input },
  );

export const openaiChat: ClientKind = {
  name: 'openai, chat completions',
  lengthWord: 'length',
  throwsOnError: true,
  make(gatewayUrl, apiKey) {
    const openai = new OpenAI({ apiKey, baseURL: `${gatewayUrl}/v1` });
    const model = 'gpt-4o-mini';
    return {
      model,
      async ask(other = model) {
        const answer = await openai.chat.completions.create({ model: other, messages });
        const [choice] = answer.choices;
        return {
          text: choice?.message.content ?? '',
          inputTokens: answer.usage?.prompt_tokens,
          outputTokens: answer.usage?.completion_tokens,
          finish: choice?.finish_reason,
        };
      },
      async stream(signal, onPiece) {
        const runner = openai.chat.completions.stream(
          { model, messages, stream_options: { include_usage: true } },
          signal === undefined ? {} : { signal },
        );
        runner.on('content', () => onPiece?.());
        const answer = await runner.finalChatCompletion();
        const [choice] = answer.choices;
        return {
          text: choice?.message.content ?? '',
          inputTokens: answer.usage?.prompt_tokens,
          outputTokens: answer.usage?.completion_tokens,
          finish: choice?.finish_reason,
        };
      },
      async askForTools() {
        const answer = await openai.chat.completions.create({ model, messages, tools });
        return callsOf(answer.choices[0]?.message);
      },
      async streamTools() {
        const runner = openai.chat.completions.stream({ model, messages, tools });
        return callsOf((await runner.finalChatCompletion()).choices[0]?.message);
      },
    };
  },
};
