// One call in each of four dialects, as their own clients send it, for what has to hold of all of
// them in front of the emulator.

const messages = [{ role: 'user', content: 'hello' }];
const TOKENS_MAX = 4_000;

export type StreamedDialect = {
  readonly name: string;
  readonly path: (stream: boolean) => string;
  readonly body: (stream: boolean) => object;
  /** NanoUsd of all the tokens it asks for; null if they are billed when it is abandoned. */
  readonly ceilingNanoUsd: number | null;
};

const atOne =
  (path: string): StreamedDialect['path'] =>
  () =>
    path;

export const STREAMED_DIALECTS: readonly StreamedDialect[] = [
  {
    name: 'openai-chat',
    path: atOne('/v1/chat/completions'),
    body: (stream) => ({ model: 'gpt-4o-mini', messages, max_tokens: TOKENS_MAX, stream }),
    ceilingNanoUsd: TOKENS_MAX * 600,
  },
  {
    name: 'openai-responses',
    path: atOne('/v1/responses'),
    body: (stream) => ({
      model: 'gpt-4o-mini',
      input: 'hello',
      max_output_tokens: TOKENS_MAX,
      stream,
    }),
    ceilingNanoUsd: TOKENS_MAX * 600,
  },
  {
    name: 'anthropic-messages',
    path: atOne('/v1/messages'),
    body: (stream) => ({ model: 'claude-haiku-4-5', messages, max_tokens: TOKENS_MAX, stream }),
    ceilingNanoUsd: TOKENS_MAX * 5_000,
  },
  {
    name: 'gemini',
    path: (stream) => {
      const what = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
      return `/v1beta/models/gemini-2.5-flash:${what}`;
    },
    body: () => ({
      contents: [{ role: 'user', parts: [{ text: 'hello' }] }],
      generationConfig: { maxOutputTokens: TOKENS_MAX },
    }),
    ceilingNanoUsd: null,
  },
];
