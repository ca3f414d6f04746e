// OpenAI Chat Completions: JSON and server-sent events. Reads what a request asks for, narrows it
// to what was priced, and reads usage from the answer without changing a byte of it, except that
// the usage chunk we asked for is withheld from a caller who did not.

import { concatBytes } from '../bytes.ts';
import type { Denial } from '../denial.ts';
import { isCount, partOf, type Usage } from '../pricing/usage.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import { eventSplitter, readEvent } from '../sse.ts';
import type { Ask, Dialect, Narrowing, UsageReader } from './dialect.ts';
import { answerCollector, lastAnswer, wholeAnswer } from './openai-chat-answer.ts';
import { openaiChatRequest, type OpenaiChatRequest } from './openai-chat-schema.ts';

type Message = OpenaiChatRequest['messages'][number];

function messageChars(message: Message): number {
  const { content } = message;
  let chars = 0;
  if (typeof content === 'string') chars += content.length;
  else if (Array.isArray(content)) {
    for (const part of content) chars += 'text' in part ? part.text.length : part.refusal.length;
  }
  if (message.role !== 'assistant') return chars;
  for (const call of message.tool_calls ?? []) {
    chars += call.type === 'function' ? call.function.arguments.length : call.custom.input.length;
  }
  return chars;
}

function readRequest(body: unknown): Result<Ask, Denial> {
  const parsed = openaiChatRequest.safeParse(body);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const request = parsed.data;
  const ceilings = [request.max_tokens, request.max_completion_tokens].filter(
    (ceiling) => typeof ceiling === 'number',
  );
  return ok({
    model: request.model,
    stream: request.stream === true,
    choices: request.n ?? 1,
    outputTokensMax: ceilings.length === 0 ? null : Math.min(...ceilings),
    promptChars: request.messages.reduce((total, message) => total + messageChars(message), 0),
    messages: request.messages.length,
    tools: (request.tools?.length ?? 0) + (request.functions?.length ?? 0),
    wantsUsage: request.stream_options?.include_usage === true,
    body: request,
  });
}

function narrow(ask: Ask, narrowing: Narrowing): Readonly<Record<string, unknown>> {
  const { user: _user, max_tokens, max_completion_tokens, ...kept } = ask.body as OpenaiChatRequest;
  const ceiling = narrowing.outputTokensMax;
  const legacy = typeof max_tokens === 'number';
  const current = typeof max_completion_tokens === 'number';
  return {
    ...kept,
    // The key the caller used is kept: newer models refuse `max_tokens`, older servers the other.
    ...(legacy ? { max_tokens: ceiling } : {}),
    ...(current || !legacy ? { max_completion_tokens: ceiling } : {}),
    ...(ask.stream ? { stream_options: { ...kept.stream_options, include_usage: true } } : {}),
    store: false,
    service_tier: 'default',
    safety_identifier: narrowing.safetyIdentifier,
  };
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** `prompt_tokens` includes cached ones, `completion_tokens` includes reasoning. */
function usageOf(value: unknown): Usage | null {
  const usage = record(value);
  const { prompt_tokens: input, completion_tokens: output } = usage;
  if (!isCount(input) || !isCount(output)) return null;
  const inputDetails = record(usage['prompt_tokens_details']);
  return {
    inputTokens: input,
    outputTokens: output,
    cachedInputTokens: partOf(inputDetails['cached_tokens'], input),
    cacheWriteTokens: partOf(inputDetails['cache_write_tokens'], input),
    reasoningTokens: partOf(record(usage['completion_tokens_details'])['reasoning_tokens'], output),
  };
}

const TEXT_FIELDS = ['content', 'refusal', 'reasoning_content', 'reasoning'] as const;

/** UTF-16 units of everything generated that shows in one chunk; bytes are at least as many. */
function visibleIn(chunk: Readonly<Record<string, unknown>>): number {
  const choices = Array.isArray(chunk['choices']) ? (chunk['choices'] as unknown[]) : [];
  let visible = 0;
  for (const choice of choices) {
    const delta = record(record(choice)['delta']);
    for (const field of TEXT_FIELDS) {
      const text = delta[field];
      if (typeof text === 'string') visible += new TextEncoder().encode(text).length;
    }
    const calls = Array.isArray(delta['tool_calls']) ? (delta['tool_calls'] as unknown[]) : [];
    for (const call of calls) visible += JSON.stringify(call).length;
    if (delta['function_call'] !== undefined) {
      visible += JSON.stringify(delta['function_call']).length;
    }
  }
  return visible;
}

const NOTHING = new Uint8Array(0);

function streamReader({
  hideUsage,
  collectAnswer,
}: Parameters<Dialect['streamReader']>[0]): UsageReader {
  const splitter = eventSplitter();
  const collector = collectAnswer ? answerCollector() : null;
  let usage: Usage | null = null;
  let visible = 0;
  let events = 0;
  let done = false;
  let failed = false;

  /** Reads one event; true if it is the usage chunk, which carries no choice. */
  const read = (bytes: Uint8Array): boolean => {
    const event = readEvent(bytes);
    if (event === null) return false;
    if (event.data === '[DONE]') done = true;
    if (!event.data.startsWith('{')) return false;
    let chunk: Readonly<Record<string, unknown>>;
    try {
      chunk = record(JSON.parse(event.data));
    } catch {
      return false;
    }
    const seen = visibleIn(chunk);
    visible += seen;
    collector?.take(chunk);
    if (chunk['error'] !== undefined && chunk['error'] !== null) failed = true;
    if (seen > 0) events += 1;
    // The last word wins, also where it is nonsense: then nothing is known.
    if (chunk['usage'] !== undefined && chunk['usage'] !== null) usage = usageOf(chunk['usage']);
    const choices = chunk['choices'];
    return (
      chunk['usage'] !== undefined &&
      chunk['usage'] !== null &&
      chunk['error'] === undefined &&
      Array.isArray(choices) &&
      choices.length === 0
    );
  };

  return {
    feed(chunk) {
      const kept: Uint8Array[] = [];
      for (const raw of splitter.feed(chunk)) {
        const isUsage = raw.unread ? false : read(raw.bytes);
        if (hideUsage && !isUsage) kept.push(raw.bytes);
      }
      return hideUsage ? concatBytes(kept) : chunk;
    },
    end() {
      const rest = splitter.rest();
      const isUsage = rest.length > 0 && read(rest);
      return hideUsage && !isUsage ? rest : NOTHING;
    },
    usage: () => usage,
    visibleBytes: () => visible,
    events: () => events,
    finished: () => done && !failed,
    answer: () => collector?.answer() ?? null,
  };
}

export const openaiChat: Dialect = {
  id: 'openai-chat',
  readRequest,
  narrow,
  streamReader,
  readUsage: (body) => usageOf(record(body)['usage']),
  readAnswer: wholeAnswer,
  lastAnswer,
};
