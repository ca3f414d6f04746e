/**
 * Reads the body of a Chat Completions call, and counts its input tokens in a way of its own.
 * It refuses what the server refuses (malformed JSON, missing messages, wrong types, ceilings the
 * model does not take) and reads nothing else; unknown members are let through unread.
 */
import type { ProviderError } from '../dialect.ts';
import { isObject, isObjectList, isWholeNumber, jsonBytes, parseObject } from '../json-record.ts';
import { tokensOfBytes } from '../json-record.ts';
import type { JsonObject } from '../json-record.ts';
import { findPrice } from '../prices.ts';
import type { ModelPrice, ProviderName } from '../prices.ts';
import type { RequestBody } from '../request-body.ts';
import { serviceTier } from '../service-tiers.ts';
import type { ServiceTier } from '../service-tiers.ts';
import type { OfferedTool } from '../tool-choice.ts';
import { invalidRequest, missingModel, unknownModel } from './openai-error.ts';
import { unparsable, wrongType } from './openai-error.ts';

export function readChatRequest(
  body: RequestBody,
  provider: ProviderName,
): ChatRequest | ProviderError {
  const record = parseObject(body.text);
  if (record === undefined) return unparsable();
  const { model, messages } = record;
  if (typeof model !== 'string') return missingModel();
  const price = findPrice(model, provider);
  if (price === undefined) return unknownModel(model);
  if (!isMessageList(messages)) {
    return invalidRequest("Invalid value for 'messages': expected a list of messages.", 'messages');
  }
  const options = readOptions(record, price, provider);
  if ('status' in options) return options;
  const inputTokens = Math.min(
    countInputTokens(messages, record['tools'] ?? record['functions']),
    body.bodyBytes,
  );
  return { model, price, inputTokens, ...readTools(record), ...options };
}

export type ChatRequest = ChatOptions &
  ChatTools & {
    readonly model: string;
    readonly price: ModelPrice;
    readonly inputTokens: number;
  };

type ChatOptions = {
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly obfuscates: boolean;
  readonly logprobs: boolean;
  readonly tier: ServiceTier;
  readonly choices: number;
  /** The most tokens one choice may have, hidden reasoning included. */
  readonly outputTokensMax: number;
};

type ChatTools = {
  readonly tools: readonly OfferedTool[];
  /** The older way to offer tools, with an answer of its own. */
  readonly isLegacyFunctions: boolean;
};

const CHOICES_MAX = 128;
/** Over all choices of one answer; keeps the largest answer in memory bounded. */
export const ANSWER_TOKENS_MAX = 1_000_000;
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_CALL = 3;

function isMessageList(value: unknown): value is JsonObject[] {
  if (!isObjectList(value) || value.length === 0) return false;
  return value.every((message) => typeof message['role'] === 'string');
}

function readOptions(
  record: JsonObject,
  price: ModelPrice,
  provider: ProviderName,
): ChatOptions | ProviderError {
  const stream = record['stream'] ?? false;
  if (typeof stream !== 'boolean') return wrongType('stream', 'a boolean');
  const streamOptions = record['stream_options'] ?? undefined;
  if (streamOptions !== undefined && !isObject(streamOptions)) {
    return wrongType('stream_options', 'an object');
  }
  if (streamOptions !== undefined && !stream) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    return invalidRequest(message, 'stream_options');
  }
  const choices = record['n'] ?? 1;
  if (!isWholeNumber(choices, 1, CHOICES_MAX)) {
    return wrongType('n', `an integer between 1 and ${CHOICES_MAX}`);
  }
  const ceiling = readCeiling(record, price, provider === 'openai');
  if (typeof ceiling !== 'number') return ceiling;
  return {
    stream,
    includeUsage: streamOptions?.['include_usage'] === true,
    obfuscates: streamOptions?.['include_obfuscation'] !== false,
    logprobs: record['logprobs'] === true,
    tier: provider === 'openai' ? serviceTier(record['service_tier']) : 'default',
    choices,
    outputTokensMax: Math.min(ceiling, Math.floor(ANSWER_TOKENS_MAX / choices)),
  };
}

function readCeiling(
  record: JsonObject,
  price: ModelPrice,
  isStrict: boolean,
): number | ProviderError {
  const older = record['max_tokens'] ?? undefined;
  const newer = record['max_completion_tokens'] ?? undefined;
  if (isStrict && older !== undefined && price.reasons) {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. " +
      "Use 'max_completion_tokens' instead.";
    return invalidRequest(message, 'max_tokens', 'unsupported_parameter');
  }
  if (isStrict && older !== undefined && newer !== undefined) {
    const message =
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
    return invalidRequest(message, 'max_tokens', 'invalid_parameter_combination');
  }
  const ceiling = newer ?? older ?? ANSWER_TOKENS_MAX;
  if (isWholeNumber(ceiling, 1, Number.MAX_SAFE_INTEGER)) return ceiling;
  const name = newer === undefined ? 'max_tokens' : 'max_completion_tokens';
  return wrongType(name, 'an integer of at least 1');
}

function readTools(record: JsonObject): ChatTools {
  const { tools, functions, tool_choice: toolChoice, function_call: functionCall } = record;
  const isLegacyFunctions = tools === undefined && isObjectList(functions);
  const listed: readonly unknown[] = isLegacyFunctions
    ? functions
    : isObjectList(tools)
      ? tools.map((tool) => tool['function'])
      : [];
  const isForbidden = toolChoice === 'none' || functionCall === 'none';
  return { isLegacyFunctions, tools: isForbidden ? [] : listed.flatMap(offeredFunction) };
}

/** A function as Chat Completions and Responses describe it. */
export function offeredFunction(value: unknown): OfferedTool[] {
  if (!isObject(value) || typeof value['name'] !== 'string') return [];
  return [{ name: value['name'], schema: value['parameters'] }];
}

function countInputTokens(messages: readonly JsonObject[], tools: unknown): number {
  let contentBytes = jsonBytes(tools);
  for (const message of messages) {
    contentBytes += jsonBytes(message['content']) + jsonBytes(message['tool_calls']);
  }
  return tokensOfBytes(contentBytes) + messages.length * TOKENS_PER_MESSAGE + TOKENS_PER_CALL;
}
