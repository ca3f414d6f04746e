// `@anthropic-ai/sdk`, Messages.

import Anthropic from '@anthropic-ai/sdk';
import { type ClientKind, PROMPT, WEATHER_SCHEMA } from './client.ts';

const messages = [{ role: 'user' as const, content: PROMPT }];
const tools = [{ name: 'weather', input_schema: WEATHER_SCHEMA }];

const toldOf = ({ content, usage, stop_reason }: Anthropic.Message) => ({
  text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
  inputTokens: usage.input_tokens,
  outputTokens: usage.output_tokens,
  finish: stop_reason,
});

const callsOf = ({ content }: Anthropic.Message) =>
  content.flatMap((block) =>
    block.type === 'tool_use' ? [{ name: block.name, input: block.input }] : [],
  );

export const anthropic: ClientKind = {
  name: '@anthropic-ai/sdk',
  lengthWord: 'max_tokens',
  throwsOnError: true,
  make(gatewayUrl, apiKey) {
    const client = new Anthropic({ apiKey, baseURL: gatewayUrl });
    const model = 'claude-haiku-4-5';
    const base = { max_tokens: 1_024, messages };
    return {
      model,
      async ask(other = model) {
        return toldOf(await client.messages.create({ ...base, model: other }));
      },
      async stream(signal, onPiece) {
        const stream = client.messages.stream(
          { ...base, model },
          signal === undefined ? {} : { signal },
        );
        stream.on('text', () => onPiece?.());
        return toldOf(await stream.finalMessage());
      },
      async askForTools() {
        return callsOf(await client.messages.create({ ...base, model, tools }));
      },
      async streamTools() {
        return callsOf(await client.messages.stream({ ...base, model, tools }).finalMessage());
      },
    };
  },
};
