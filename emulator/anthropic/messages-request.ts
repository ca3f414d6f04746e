/**
 * Reads the body of a Messages call and of a count of its tokens. It refuses what Anthropic
 * refuses of the members it reads, members that Anthropic does not know, and calls without a
 * version; server tools and state are let through unread, because a provider would run them.
 */
import type { ProviderError, ReceivedCall } from '../dialect.ts';
import { isObject, isObjectList, isWholeNumber, jsonBytes, parseObject } from '../json-record.ts';
import { tokensOfBytes } from '../json-record.ts';
import type { JsonObject } from '../json-record.ts';
import { findPrice, plainInput } from '../prices.ts';
import type { BilledInput, ModelPrice } from '../prices.ts';
import { claudePercent } from '../service-tiers.ts';
import type { OfferedTool } from '../tool-choice.ts';
import { anthropicError, invalidRequest } from './anthropic-voice.ts';
import type { PromptBlock } from './prompt-cache.ts';

export function readMessagesRequest(
  { headers, body, promptCache }: ReceivedCall,
  isCount: boolean,
): MessagesRequest | ProviderError {
  if (headers['anthropic-version'] === undefined) {
    return invalidRequest('anthropic-version: header is required');
  }
  const record = parseObject(body.text);
  if (record === undefined) return invalidRequest('The request body is not valid JSON');
  const unknown = Object.keys(record).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) {
    return invalidRequest(`${unknown.slice(0, 60)}: Extra inputs are not permitted`);
  }
  const { model, messages, max_tokens: ceiling } = record;
  if (typeof model !== 'string') return invalidRequest('model: Field required');
  if (!isObjectList(messages) || messages.length === 0) {
    return invalidRequest('messages: Field required');
  }
  const price = findPrice(model, 'anthropic');
  if (price === undefined) return anthropicError(404, 'not_found_error', `model: ${model}`);
  if (!isCount && !isWholeNumber(ceiling, 0, Number.MAX_SAFE_INTEGER)) {
    const wrong = ceiling === undefined ? 'Field required' : 'Input should be a valid integer';
    return invalidRequest(`max_tokens: ${wrong}`);
  }
  const outputTokensMax = typeof ceiling === 'number' ? ceiling : 0;
  const thinking = isObject(record['thinking']) ? record['thinking'] : {};
  const wrongBudget = refuseBudget(thinking, outputTokensMax);
  if (!isCount && wrongBudget !== undefined) return wrongBudget;
  const blocks = promptBlocks(record, messages);
  const counted =
    blocks.reduce((sum, block) => sum + block.tokens, 0) +
    messages.length * TOKENS_PER_MESSAGE +
    TOKENS_PER_CALL;
  const inputTokens = Math.min(counted, body.bodyBytes);
  const ratePercent = claudePercent(model, record['inference_geo'], record['speed']);
  return {
    model,
    price,
    input: isCount
      ? plainInput(inputTokens)
      : { ...plainInput(inputTokens, ratePercent), ...promptCache.take(blocks) },
    stream: record['stream'] === true,
    outputTokensMax: Math.min(outputTokensMax, ANSWER_TOKENS_MAX),
    hidesThinking: thinking['display'] === 'omitted',
    tools: readTools(record),
  };
}

export type MessagesRequest = {
  readonly model: string;
  readonly price: ModelPrice;
  readonly input: BilledInput;
  readonly stream: boolean;
  readonly outputTokensMax: number;
  readonly hidesThinking: boolean;
  readonly tools: readonly OfferedTool[];
};

const ANSWER_TOKENS_MAX = 1_000_000;
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_CALL = 3;
const BUDGET_MIN = 1_024;

const MEMBERS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_tokens',
  'system',
  'metadata',
  'stop_sequences',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'thinking',
  'service_tier',
  'cache_control',
  'container',
  'context_management',
  'mcp_servers',
  'output_config',
  'inference_geo',
  'speed',
  'fallbacks',
  'billing_policy',
]);

function refuseBudget(thinking: JsonObject, ceiling: number): ProviderError | undefined {
  const budget = thinking['budget_tokens'];
  if (thinking['type'] !== 'enabled') return undefined;
  if (!isWholeNumber(budget, 0, Number.MAX_SAFE_INTEGER)) {
    return invalidRequest('thinking.enabled.budget_tokens: Field required');
  }
  if (budget < BUDGET_MIN) {
    const least = `Input should be greater than or equal to ${BUDGET_MIN}`;
    return invalidRequest(`thinking.enabled.budget_tokens: ${least}`);
  }
  if (budget < ceiling) return undefined;
  return invalidRequest('`max_tokens` must be greater than `thinking.budget_tokens`.');
}

function readTools(record: JsonObject): OfferedTool[] {
  const { tools, tool_choice: choice } = record;
  if (!isObjectList(tools) || (isObject(choice) && choice['type'] === 'none')) return [];
  return tools.flatMap((tool) => {
    const isCustom = tool['type'] === undefined || tool['type'] === 'custom';
    const name = tool['name'];
    return isCustom && typeof name === 'string' ? [{ name, schema: tool['input_schema'] }] : [];
  });
}

/** In the order in which the cache sees them: tools, system, messages. */
function promptBlocks(record: JsonObject, messages: readonly JsonObject[]): PromptBlock[] {
  const { tools, system, cache_control: atTheEnd } = record;
  const blocks: PromptBlock[] = [];
  for (const tool of isObjectList(tools) ? tools : []) blocks.push(blockOf(tool));
  for (const block of listOf(system)) blocks.push(blockOf(block));
  for (const message of messages) {
    for (const block of listOf(message['content'])) blocks.push(blockOf(block));
  }
  const last = blocks.pop();
  if (last === undefined) return blocks;
  return [...blocks, { ...last, lifetime: last.lifetime ?? lifetimeOf(atTheEnd) }];
}

function listOf(content: unknown): JsonObject[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return isObjectList(content) ? content : [];
}

function blockOf({ cache_control: control, ...block }: JsonObject): PromptBlock {
  const { type, text } = block;
  const written = type === 'text' && typeof text === 'string' ? text : JSON.stringify(block);
  const tokens = tokensOfBytes(jsonBytes(written));
  return { text: written, tokens, lifetime: lifetimeOf(control) };
}

function lifetimeOf(control: unknown): PromptBlock['lifetime'] {
  if (!isObject(control)) return undefined;
  return control['ttl'] === '1h' ? '1h' : '5m';
}
