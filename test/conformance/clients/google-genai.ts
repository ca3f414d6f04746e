// `@google/genai`, generateContent and its stream.

import { type GenerateContentResponse, GoogleGenAI, Type } from '@google/genai';
import { type ClientKind, PROMPT, type ToolCall } from './client.ts';

const tools = [
  {
    functionDeclarations: [
      {
        name: 'weather',
        parameters: {
          type: Type.OBJECT,
          properties: { city: { type: Type.STRING }, days: { type: Type.NUMBER } },
        },
      },
    ],
  },
];

const callsOf = (answer: GenerateContentResponse): ToolCall[] =>
  (answer.functionCalls ?? []).map(({ name, args }) => ({ name: name ?? '', input: args }));

const toldOf = (answer: GenerateContentResponse | undefined, text: string) => ({
  text,
  inputTokens: answer?.usageMetadata?.promptTokenCount,
  outputTokens:
    (answer?.usageMetadata?.candidatesTokenCount ?? 0) +
    (answer?.usageMetadata?.thoughtsTokenCount ?? 0),
  finish: answer?.candidates?.[0]?.finishReason,
});

export const googleGenai: ClientKind = {
  name: '@google/genai',
  lengthWord: 'MAX_TOKENS',
  throwsOnError: true,
  make(gatewayUrl, apiKey) {
    const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gatewayUrl } });
    const model = 'gemini-2.5-flash';
    return {
      model,
      async ask(other = model) {
        const answer = await client.models.generateContent({ model: other, contents: PROMPT });
        return toldOf(answer, answer.text ?? '');
      },
      async stream(signal, onPiece) {
        const stream = await client.models.generateContentStream({
          model,
          contents: PROMPT,
          config: signal === undefined ? {} : { abortSignal: signal },
        });
        let text = '';
        let last: GenerateContentResponse | undefined;
        for await (const chunk of stream) {
          text += chunk.text ?? '';
          last = chunk;
          onPiece?.();
        }
        return toldOf(last, text);
      },
      async askForTools() {
        return callsOf(
          await client.models.generateContent({ model, contents: PROMPT, config: { tools } }),
        );
      },
      async streamTools() {
        const calls: ToolCall[] = [];
        for await (const chunk of await client.models.generateContentStream({
          model,
          contents: PROMPT,
          config: { tools },
        })) {
          calls.push(...callsOf(chunk));
        }
        return calls;
      },
    };
  },
};
