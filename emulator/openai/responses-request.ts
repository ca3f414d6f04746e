/**
 * Reads the body of a Responses call, and counts its input in a way of its own. It refuses what
 * OpenAI refuses of the members it reads; server-side state and built-in tools are let through
 * unread, because a provider would run them.
 */
import type { ProviderError } from '../dialect.ts';
import { isObject, isObjectList, isWholeNumber, jsonBytes, parseObject } from '../json-record.ts';
import { tokensOfBytes } from '../json-record.ts';
import type { JsonObject } from '../json-record.ts';
import { findPrice } from '../prices.ts';
import type { ModelPrice } from '../prices.ts';
import type { RequestBody } from '../request-body.ts';
import { serviceTier } from '../service-tiers.ts';
import type { ServiceTier } from '../service-tiers.ts';
import type { OfferedTool } from '../tool-choice.ts';
import { ANSWER_TOKENS_MAX, offeredFunction } from './chat-request.ts';
import { invalidRequest, missingModel, unknownModel } from './openai-error.ts';
import { unparsable, wrongType } from './openai-error.ts';

export function readResponsesRequest(body: RequestBody): ResponsesRequest | ProviderError {
  const record = parseObject(body.text);
  if (record === undefined) return unparsable();
  const { model, input, stream, max_output_tokens: ceiling } = record;
  if (typeof model !== 'string') return missingModel();
  const price = findPrice(model);
  if (price === undefined) return unknownModel(model);
  if (typeof input !== 'string' && !isObjectList(input)) {
    return invalidRequest("Missing required parameter: 'input'.", 'input');
  }
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') {
    return wrongType('stream', 'a boolean');
  }
  if (ceiling !== undefined && ceiling !== null) {
    if (!isWholeNumber(ceiling, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
      return wrongType('max_output_tokens', 'an integer');
    }
    if (ceiling < CEILING_MIN) return ceilingTooLow(ceiling);
  }
  const items = typeof input === 'string' ? 1 : input.length;
  const bytes = jsonBytes(input) + jsonBytes(record['instructions']) + jsonBytes(record['tools']);
  const counted = tokensOfBytes(bytes) + items * TOKENS_PER_ITEM + TOKENS_PER_CALL;
  const streamOptions = isObject(record['stream_options']) ? record['stream_options'] : {};
  return {
    model,
    price,
    inputTokens: Math.min(counted, body.bodyBytes),
    stream: stream === true,
    obfuscates: streamOptions['include_obfuscation'] !== false,
    tier: serviceTier(record['service_tier']),
    ceiling: typeof ceiling === 'number' ? ceiling : null,
    outputTokensMax: Math.min(typeof ceiling === 'number' ? ceiling : Infinity, ANSWER_TOKENS_MAX),
    tools: readTools(record),
    showsThinking: isObject(record['reasoning']) && isAsked(record['reasoning']['summary']),
    asked: record,
  };
}

export type ResponsesRequest = {
  readonly model: string;
  readonly price: ModelPrice;
  readonly inputTokens: number;
  readonly stream: boolean;
  readonly obfuscates: boolean;
  readonly tier: ServiceTier;
  readonly ceiling: number | null;
  readonly outputTokensMax: number;
  readonly tools: readonly OfferedTool[];
  /** A summary of the reasoning was asked for. */
  readonly showsThinking: boolean;
  /** What the response object repeats. */
  readonly asked: JsonObject;
};

const CEILING_MIN = 16;
const TOKENS_PER_ITEM = 4;
const TOKENS_PER_CALL = 3;

const isAsked = (value: unknown): boolean => typeof value === 'string' && value !== 'none';

function ceilingTooLow(ceiling: number): ProviderError {
  const message =
    "Invalid 'max_output_tokens': integer below minimum value. " +
    `Expected a value >= ${CEILING_MIN}, but got ${ceiling} instead.`;
  return invalidRequest(message, 'max_output_tokens', 'integer_below_min_value');
}

function readTools(record: JsonObject): OfferedTool[] {
  const { tools, tool_choice: choice } = record;
  if (choice === 'none' || !isObjectList(tools)) return [];
  return tools.filter((tool) => tool['type'] === 'function').flatMap(offeredFunction);
}
