// `openai`, Responses.

import OpenAI from 'openai';
import { type ClientKind, PROMPT, WEATHER_SCHEMA } from './client.ts';

const tools = [
  { type: 'function' as const, name: 'weather', parameters: WEATHER_SCHEMA, strict: false },
];

const toldOf = (answer: OpenAI.Responses.Response) => ({
  text: answer.output_text,
  inputTokens: answer.usage?.input_tokens,
  outputTokens: answer.usage?.output_tokens,
  finish: answer.incomplete_details?.reason ?? answer.status,
});

const callsOf = (answer: OpenAI.Responses.Response) =>
  answer.output.flatMap((item) =>
    item.type === 'function_call'
      ? [{ name: item.name, input: JSON.parse(item.arguments) as unknown }]
      : [],
  );

export const openaiResponses: ClientKind = {
  name: 'openai, responses',
  lengthWord: 'max_output_tokens',
  throwsOnError: true,
  make(gatewayUrl, apiKey) {
    const openai = new OpenAI({ apiKey, baseURL: `${gatewayUrl}/v1` });
    const model = 'gpt-4o-mini';
    return {
      model,
      async ask(other = model) {
        return toldOf(await openai.responses.create({ model: other, input: PROMPT }));
      },
      async stream(signal, onPiece) {
        const stream = openai.responses.stream(
          { model, input: PROMPT },
          signal === undefined ? {} : { signal },
        );
        stream.on('response.output_text.delta', () => onPiece?.());
        return toldOf(await stream.finalResponse());
      },
      async askForTools() {
        return callsOf(await openai.responses.create({ model, input: PROMPT, tools }));
      },
      async streamTools() {
        return callsOf(
          await openai.responses.stream({ model, input: PROMPT, tools }).finalResponse(),
        );
      },
    };
  },
};
