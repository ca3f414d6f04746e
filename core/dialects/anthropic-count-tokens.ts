// Anthropic's counting of tokens: the prompt of a message without its ceiling, and one number back.
// It costs nothing (platform.claude.com/docs/en/build-with-claude/token-counting); what the
// provider would fetch or take from its own shelf is refused all the same.

import type { Denial } from '../denial.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { anthropicCountRequest, type AnthropicPrompt } from './anthropic-messages-schema.ts';
import { weigh } from './anthropic-messages-weight.ts';
import { type Ask, type Dialect, PLAIN_ASK, type RequestInput } from './dialect.ts';
import type { Need } from './need.ts';

/** What is only looked at is free; a request elsewhere is a request all the same. */
const REACHES_OUT: ReadonlySet<Need> = new Set<Need>(['remoteMedia', 'serverState']);

function readRequest({ json }: RequestInput): Result<Ask, Denial> {
  const parsed = anthropicCountRequest.safeParse(json);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const weighed = weigh(parsed.data);
  return ok({
    ...PLAIN_ASK,
    ...weighed,
    model: parsed.data.model,
    isFree: true,
    outputTokensMax: 0,
    serverTools: [],
    needs: weighed.needs.filter((need) => REACHES_OUT.has(need)),
    pieces: {},
    body: parsed.data,
  });
}

function narrow(ask: Ask): Readonly<Record<string, unknown>> {
  const { speed: _speed, inference_geo: _geography, ...kept } = ask.body as AnthropicPrompt;
  return kept;
}

const NOTHING = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
} as const;

export const anthropicCountTokens: Dialect = {
  ...anthropicMessages,
  id: 'anthropic-count-tokens',
  upstreamPath: '/v1/messages/count_tokens',
  readRequest,
  narrow,
  readUsage: () => NOTHING,
  toolCallsIn: () => 0,
};
