// Anthropic Messages: JSON and server-sent events with names. Reads what a request asks for,
// narrows it to what was priced, and reads usage from the answer without changing a byte of it. It
// refuses what brings in another model, and leaves tools of the provider's own to the route's
// `allow`.

import type { Denial } from '../denial.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import { anthropicMessagesAnatomy } from './anthropic-messages-anatomy.ts';
import { lastAnswer, wholeAnswer } from './anthropic-messages-answer.ts';
import {
  anthropicMessagesRequest,
  type AnthropicMessagesRequest,
  THINKING_TOKENS_MIN,
} from './anthropic-messages-schema.ts';
import { MessageEvents } from './anthropic-messages-stream.ts';
import { anthropicUsage } from './anthropic-messages-usage.ts';
import { weigh } from './anthropic-messages-weight.ts';
import { type Ask, type Dialect, type Narrowing, PLAIN_ASK, type RequestInput } from './dialect.ts';
import { list, record } from './json-value.ts';
import { messagesLoop } from './loop.ts';

function readRequest({ json }: RequestInput): Result<Ask, Denial> {
  const parsed = anthropicMessagesRequest.safeParse(json);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const request = parsed.data;
  return ok({
    ...PLAIN_ASK,
    ...weigh(request),
    model: request.model,
    stream: request.stream === true,
    outputTokensMax: request.max_tokens,
    body: request,
  });
}

type Thinking = AnthropicMessagesRequest['thinking'];

/**
 * Thinking comes out of the ceiling, and the provider refuses a budget that does not fit below it:
 * the budget is lowered with the ceiling, and where that leaves too little, thinking is turned off.
 * Neither costs the caller more than was asked for.
 */
function thinkingWithin(thinking: Thinking, ceiling: number): Thinking {
  if (thinking?.type !== 'enabled' || thinking.budget_tokens < ceiling) return thinking;
  return ceiling > THINKING_TOKENS_MIN
    ? { ...thinking, budget_tokens: ceiling - 1 }
    : { type: 'disabled' };
}

function narrow(ask: Ask, narrowing: Narrowing): Readonly<Record<string, unknown>> {
  const {
    thinking,
    speed: _speed,
    inference_geo: _geography,
    diagnostics: _diagnostics,
    ...kept
  } = ask.body as AnthropicMessagesRequest;
  const ceiling = narrowing.outputTokensMax;
  const within = thinkingWithin(thinking, ceiling);
  return {
    ...kept,
    ...(within === undefined ? {} : { thinking: within }),
    max_tokens: ceiling,
    service_tier: 'standard_only',
    metadata: { user_id: narrowing.safetyIdentifier },
  };
}

const toolCallsIn = (body: unknown): number =>
  list(record(body)['content']).filter((block) =>
    ['tool_use', 'server_tool_use'].includes(String(record(block)['type'])),
  ).length;

export const anthropicMessages: Dialect = {
  id: 'anthropic-messages',
  family: 'anthropic',
  bodyKind: 'json',
  upstreamPath: '/v1/messages',
  readRequest,
  narrow,
  framing: () => 'sse',
  openStream: (ask, options) => new MessageEvents(ask, options),
  readUsage: (body, ask) => anthropicUsage(record(body)['usage'], ask),
  toolCallsIn,
  conversation: { readAnswer: wholeAnswer, lastAnswer },
  anatomy: anthropicMessagesAnatomy,
  loop: messagesLoop,
};
