// One streamed call in each of four dialects: how it is asked for, and what a provider says, event
// by event, from its beginning to its word on usage. What has to hold of all of them is tested with
// these; what is special to one is in the tests of its dialect.

const INPUT_TOKENS = 9;

const data = (json: object): string => `data: ${JSON.stringify(json)}\n\n`;
const typed = (type: string, json: object): string => `event: ${type}\n${data({ type, ...json })}`;

export type Voice = {
  readonly name: string;
  readonly path: string;
  /** Asks for a stream of at most so many tokens. */
  readonly asks: (tokensMax: number) => object;
  readonly begin: string;
  readonly say: (text: string) => string;
  /** What it says of usage when so many tokens were generated. */
  readonly usage: (tokens: number) => object;
  /** The end of an answer, with usage or without. */
  readonly end: (usage: object | null) => string;
  readonly fail: (message: string) => string;
  /** What a reader takes for a whole answer. */
  readonly isEnded: RegExp;
  /** NanoUsd a token. */
  readonly input: number;
  readonly output: number;
  /** The provider bills all that an abandoned call would have generated. */
  readonly isAbandonedInFull: boolean;
};

/** What the provider bills for so many output tokens. */
export const billOf = ({ input, output }: Voice, tokens: number): number =>
  INPUT_TOKENS * input + tokens * output;

const HI = [{ role: 'user', content: 'hi' }];

const chunk = (delta: object, finish: string | null = null): string =>
  data({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4o-mini',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });

export const chatUsage = (tokens: number): object => ({
  prompt_tokens: INPUT_TOKENS,
  completion_tokens: tokens,
  total_tokens: INPUT_TOKENS + tokens,
});

export const CHAT_VOICE: Voice = {
  name: 'openai-chat',
  path: '/v1/chat/completions',
  asks: (tokensMax) => ({
    model: 'gpt-4o-mini',
    messages: HI,
    stream: true,
    max_tokens: tokensMax,
  }),
  begin: chunk({ role: 'assistant', content: '' }),
  say: (text) => chunk({ content: text }),
  usage: chatUsage,
  end: (usage) =>
    chunk({}, 'stop') +
    (usage === null ? '' : data({ id: 'c', choices: [], usage })) +
    'data: [DONE]\n\n',
  fail: (message) => data({ error: { message, type: 'server_error', code: null } }),
  isEnded: /\[DONE\]|"finish_reason":"/,
  input: 150,
  output: 600,
  isAbandonedInFull: false,
};

const PLACE = { item_id: 'msg_1', output_index: 0, content_index: 0 };
const RESPONSE = { id: 'resp_1', object: 'response', created_at: 1, model: 'gpt-4o-mini' };
const ITEM = { id: 'msg_1', type: 'message', role: 'assistant', content: [] };
export const RESPONSES_VOICE: Voice = {
  ...CHAT_VOICE,
  name: 'openai-responses',
  path: '/v1/responses',
  asks: (tokensMax) => ({
    model: 'gpt-4o-mini',
    input: 'hi',
    stream: true,
    max_output_tokens: tokensMax,
  }),
  begin: [
    typed('response.created', { response: { ...RESPONSE, status: 'in_progress', output: [] } }),
    typed('response.output_item.added', { output_index: 0, item: ITEM }),
    typed('response.content_part.added', { ...PLACE, part: { type: 'output_text', text: '' } }),
  ].join(''),
  say: (delta) => typed('response.output_text.delta', { ...PLACE, delta }),
  usage: (tokens) => ({
    input_tokens: INPUT_TOKENS,
    output_tokens: tokens,
    total_tokens: INPUT_TOKENS + tokens,
  }),
  end: (usage) =>
    typed('response.completed', {
      response: { ...RESPONSE, status: 'completed', output: [], usage },
    }),
  fail: (message) => typed('error', { code: 'server_error', message, param: null }),
  isEnded: /response\.(?:completed|incomplete)/,
};

export const ANTHROPIC_VOICE: Voice = {
  name: 'anthropic-messages',
  path: '/v1/messages',
  asks: (tokensMax) => ({
    model: 'claude-haiku-4-5',
    messages: HI,
    stream: true,
    max_tokens: tokensMax,
  }),
  begin: [
    typed('message_start', {
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude-haiku-4-5',
        content: [],
        stop_reason: null,
        // Of output it is a placeholder.
        usage: { input_tokens: INPUT_TOKENS, output_tokens: 1 },
      },
    }),
    typed('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  ].join(''),
  say: (text) => typed('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  usage: (tokens) => ({ output_tokens: tokens }),
  end: (usage) =>
    [
      typed('content_block_stop', { index: 0 }),
      typed('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        ...(usage === null ? {} : { usage }),
      }),
      typed('message_stop', {}),
    ].join(''),
  fail: (message) => typed('error', { error: { type: 'overloaded_error', message } }),
  isEnded: /message_stop|"stop_reason":"/,
  input: 1_000,
  output: 5_000,
  isAbandonedInFull: false,
};

const candidate = (text: string, more: object = {}): object => ({
  candidates: [{ content: { parts: [{ text }], role: 'model' }, ...more, index: 0 }],
  modelVersion: 'gemini-2.5-flash',
  responseId: 'r1',
});

export const GEMINI_VOICE: Voice = {
  name: 'gemini',
  path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
  asks: (tokensMax) => ({
    contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
    generationConfig: { maxOutputTokens: tokensMax },
  }),
  begin: '',
  say: (text) => data(candidate(text)),
  usage: (tokens) => ({
    promptTokenCount: INPUT_TOKENS,
    candidatesTokenCount: tokens,
    totalTokenCount: INPUT_TOKENS + tokens,
  }),
  end: (usage) =>
    data({
      ...candidate('', { finishReason: 'STOP' }),
      ...(usage === null ? {} : { usageMetadata: usage }),
    }),
  fail: (message) => data({ error: { code: 503, message, status: 'UNAVAILABLE' } }),
  isEnded: /"finishReason"/,
  input: 300,
  output: 2_500,
  isAbandonedInFull: true,
};

export const VOICES: readonly Voice[] = [
  CHAT_VOICE,
  RESPONSES_VOICE,
  ANTHROPIC_VOICE,
  GEMINI_VOICE,
];
