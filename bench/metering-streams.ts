// Long streams in each provider's grammar, made here: what a model writes, event by event, with the
// padding, the numbers and the blanks that stand beside it.

const TEXT =
  'The| weigh|bridge| opens| at| six|,| and| closes| when| the| last| truck| has| left|.\n|' +
  'Grüße| from| the| yard';
const WORDS = TEXT.split('|');
const PADDING = 'aZ3kQ9xLmB7tR1';

const word = (i: number): string => WORDS[i % WORDS.length] as string;
const padding = (i: number): string => PADDING.slice(0, (i * 5) % PADDING.length);

const chat = (i: number): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-Wb7fK2mQ9xLtR1aZ3kQ9xLmB7tR1a',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'gpt-5-mini-2025-08-07',
    service_tier: 'default',
    system_fingerprint: 'fp_0123456789',
    choices: [{ index: 0, delta: { content: word(i) }, logprobs: null, finish_reason: null }],
    usage: null,
    obfuscation: padding(i),
  })}\n\n`;

const responses = (i: number): string =>
  `event: response.output_text.delta\ndata: ${JSON.stringify({
    type: 'response.output_text.delta',
    content_index: 0,
    delta: word(i),
    item_id: 'msg_0123456789abcdef0123456789abcdef0123456789abcdef01',
    logprobs: [],
    obfuscation: padding(i),
    output_index: 0,
    sequence_number: i + 4,
  })}\n\n`;

const RESPONSES_HEAD = [
  {
    type: 'response.output_item.added',
    item: { id: 'msg_0', type: 'message', content: [], role: 'assistant' },
    output_index: 0,
    sequence_number: 2,
  },
]
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join('');

const messages = (i: number): string => {
  const delta = { type: 'text_delta', text: word(i) };
  const json = JSON.stringify({ type: 'content_block_delta', index: 0, delta });
  return `event: content_block_delta\ndata: ${json.slice(0, -1)}${' '.repeat((i * 5) % 14)}}\n\n`;
};

const geminiChunk = (i: number): string => {
  const text = Array.from({ length: 24 }, (_, at) => word(i + at)).join('');
  return JSON.stringify({
    candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }],
    usageMetadata: {
      promptTokenCount: 34,
      candidatesTokenCount: 24 * i,
      totalTokenCount: 34 + 24 * i,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 34 }],
    },
    modelVersion: 'gemini-2.5-pro',
    responseId: 'beHBaJfEMIi',
  });
};

const ui = (i: number): string =>
  `data: ${JSON.stringify({ type: 'text-delta', id: '0', delta: word(i) })}\n\n`;

export type Grammar = {
  readonly dialect: string;
  readonly head: string;
  readonly event: (i: number) => string;
};

export const GRAMMARS: readonly Grammar[] = [
  { dialect: 'openai-chat', head: '', event: chat },
  { dialect: 'openai-responses', head: RESPONSES_HEAD, event: responses },
  { dialect: 'anthropic-messages', head: '', event: messages },
  { dialect: 'gemini', head: '', event: (i) => `data: ${geminiChunk(i)}\r\n\r\n` },
  { dialect: 'ai-sdk-ui', head: '', event: ui },
];

export function streamOf({ head, event }: Grammar, bytesMin: number): Uint8Array {
  const parts = [head];
  let chars = head.length;
  for (let i = 0; chars < bytesMin; i += 1) {
    const text = event(i);
    parts.push(text);
    chars += text.length;
  }
  return new TextEncoder().encode(parts.join(''));
}

export function chunksOf(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  return chunks;
}
