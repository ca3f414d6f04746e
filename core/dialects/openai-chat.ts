// OpenAI Chat Completions and the servers compatible with it: JSON and server-sent events. Reads
// what a request asks for, narrows it to what was priced, and reads usage from the answer without
// changing a byte of it, except that the usage chunk we asked for is withheld from a caller who
// did not.

import type { Denial } from '../denial.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import { type Ask, type Dialect, PLAIN_ASK, type RequestInput } from './dialect.ts';
import { list, record } from './json-value.ts';
import { chatLoop } from './loop.ts';
import { openaiChatAnatomy } from './openai-chat-anatomy.ts';
import { lastAnswer, wholeAnswer } from './openai-chat-answer.ts';
import { chatCost } from './openai-chat-cost.ts';
import type { ChatMessage } from './openai-chat-messages.ts';
import { narrowedChat } from './openai-chat-narrow.ts';
import { foreignField } from './openai-compatible.ts';
import { openaiChatRequest, type OpenaiChatRequest } from './openai-chat-schema.ts';
import { chatEvents } from './openai-chat-stream.ts';
import { bodyUsage } from './openai-chat-usage.ts';

function messageChars(message: ChatMessage): number {
  const { content } = message;
  let chars = 0;
  if (typeof content === 'string') chars += content.length;
  else if (Array.isArray(content)) {
    for (const part of content) {
      if (part.type === 'text') chars += part.text.length;
      else if (part.type === 'refusal') chars += part.refusal.length;
    }
  }
  if (message.role !== 'assistant') return chars;
  chars += (message.reasoning_content ?? '').length + (message.reasoning ?? '').length;
  chars += (message.refusal ?? '').length + (message.function_call?.arguments ?? '').length;
  for (const call of message.tool_calls ?? []) {
    chars += call.type === 'function' ? call.function.arguments.length : call.custom.input.length;
  }
  return chars;
}

function readRequest({ json, provider }: RequestInput): Result<Ask, Denial> {
  const parsed = openaiChatRequest.safeParse(json);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const request = parsed.data;
  const foreign = foreignField(request, provider);
  if (foreign !== null) return err({ kind: 'field-unknown', field: foreign });
  const ceilings = [request.max_tokens, request.max_completion_tokens].filter(
    (ceiling) => typeof ceiling === 'number',
  );
  return ok({
    ...PLAIN_ASK,
    ...chatCost(request),
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

/** Of all choices: the caller may run those of each. */
function toolCallsIn(body: unknown): number {
  let calls = 0;
  for (const choice of list(record(body)['choices'])) {
    const message = record(record(choice)['message']);
    calls += list(message['tool_calls']).length;
    if (typeof record(message['function_call'])['name'] === 'string') calls += 1;
  }
  return calls;
}

export const openaiChat: Dialect = {
  id: 'openai-chat',
  family: 'openai',
  bodyKind: 'json',
  upstreamPath: '/v1/chat/completions',
  readRequest,
  narrow: (ask, narrowing) => narrowedChat(ask.body as OpenaiChatRequest, narrowing),
  framing: () => 'sse',
  openStream: chatEvents,
  readUsage: bodyUsage,
  toolCallsIn,
  conversation: { readAnswer: wholeAnswer, lastAnswer },
  anatomy: openaiChatAnatomy,
  loop: chatLoop,
};
