/**
 * One streamed call of each dialect, for what has to hold of all of them: how it is sent, what it
 * costs, and what its provider bills when the caller leaves.
 */

export type DialectCase = {
  readonly name: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Record<string, unknown>;
  /** NanoUsd a token. */
  readonly input: number;
  readonly output: number;
  readonly isAbandonedInFull: boolean;
  /** Where the answer's usage is read, in text. */
  readonly usageWord: string;
};

const messages = [{ role: 'user', content: 'How heavy is a cart of salt?' }];
const ANTHROPIC = { 'x-api-key': 'test-key', 'anthropic-version': '2023-06-01' };

function chat(
  name: string,
  path: string,
  model: string,
  [input, output]: readonly [number, number],
  isAbandonedInFull = false,
): DialectCase {
  const options = name === 'mistral' ? {} : { stream_options: { include_usage: true } };
  const body = { model, messages, stream: true, ...options };
  const rates = { input, output, isAbandonedInFull };
  return { name, path, headers: {}, body, ...rates, usageWord: '"completion_tokens":' };
}

export const DIALECT_CASES: readonly DialectCase[] = [
  chat('openai-chat', '/v1/chat/completions', 'gpt-4o-mini', [150, 600]),
  chat('openrouter', '/openrouter/v1/chat/completions', 'x-ai/grok-4', [3_000, 15_000]),
  chat('groq', '/groq/openai/v1/chat/completions', 'openai/gpt-oss-120b', [150, 600], true),
  chat('deepseek', '/deepseek/chat/completions', 'deepseek-chat', [270, 1_100]),
  chat('mistral', '/mistral/v1/chat/completions', 'mistral-small-latest', [100, 300], true),
  chat('xai', '/xai/v1/chat/completions', 'grok-4', [3_000, 15_000]),
  {
    name: 'openai-completions',
    path: '/v1/completions',
    headers: {},
    body: {
      model: 'gpt-3.5-turbo-instruct',
      prompt: 'How heavy?',
      max_tokens: 100_000,
      stream: true,
      stream_options: { include_usage: true },
    },
    input: 1_500,
    output: 2_000,
    isAbandonedInFull: false,
    usageWord: '"completion_tokens":',
  },
  {
    name: 'openai-responses',
    path: '/v1/responses',
    headers: {},
    body: { model: 'gpt-5', input: 'How heavy is a cart of salt?', stream: true },
    input: 1_250,
    output: 10_000,
    isAbandonedInFull: false,
    usageWord: '"output_tokens":',
  },
  {
    name: 'anthropic-messages',
    path: '/v1/messages',
    headers: ANTHROPIC,
    body: { model: 'claude-haiku-4-5', messages, max_tokens: 100_000, stream: true },
    input: 1_000,
    output: 5_000,
    isAbandonedInFull: false,
    usageWord: '"output_tokens":',
  },
  {
    name: 'gemini',
    path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    headers: { 'x-goog-api-key': 'test-key' },
    body: { contents: [{ role: 'user', parts: [{ text: 'How heavy is a cart of salt?' }] }] },
    input: 300,
    output: 2_500,
    isAbandonedInFull: true,
    usageWord: '"usageMetadata": {"prompt',
  },
];

export function dialectCase(name: string): DialectCase {
  const found = DIALECT_CASES.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no dialect ${name}`);
  return found;
}
