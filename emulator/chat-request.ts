/**
 * Reads the body of a Chat Completions call, and counts its input tokens in a way of its own.
 * It refuses what OpenAI refuses (malformed JSON, missing messages, wrong types, ceilings the
 * model does not take) and reads nothing else; unknown members are let through unread.
 */
import { Buffer } from 'node:buffer';
import { invalidRequest, unknownModel } from './provider-error.ts';
import type { ProviderError } from './provider-error.ts';
import { findPrice } from './prices.ts';
import type { ModelPrice } from './prices.ts';
import type { RequestBody } from './request-body.ts';

export function readChatRequest(body: RequestBody): ChatRequest | ProviderError {
  const record = parseObject(body.text);
  if (record === undefined) return invalidRequest('We could not parse the JSON body.');
  const { model, messages } = record;
  if (typeof model !== 'string') return invalidRequest('you must provide a model parameter');
  const price = findPrice(model);
  if (price === undefined) return unknownModel(model);
  if (!isMessageList(messages)) {
    return invalidRequest("Invalid value for 'messages': expected a list of messages.", 'messages');
  }
  const options = readOptions(record, price);
  if ('status' in options) return options;
  const inputTokens = Math.min(countInputTokens(messages, record['tools']), body.bodyBytes);
  return { model, price, inputTokens, ...options };
}

/** The name of the model a body asks for, for the record of a call that was refused. */
export function requestedModel(bodyText: string): string {
  const model = parseObject(bodyText)?.['model'];
  return typeof model === 'string' ? model.slice(0, MODEL_CHARACTERS_MAX) : '';
}

export type ChatRequest = ChatOptions & {
  readonly model: string;
  readonly price: ModelPrice;
  readonly inputTokens: number;
};

type ChatOptions = {
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly choices: number;
  /** The most tokens one choice may have, hidden reasoning included. */
  readonly outputTokensMax: number;
};

type JsonObject = Record<string, unknown>;

const CHOICES_MAX = 128;
const MODEL_CHARACTERS_MAX = 200;
/** Over all choices of one answer; keeps the largest answer in memory bounded. */
const ANSWER_TOKENS_MAX = 1_000_000;
const BYTES_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_CALL = 3;

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMessageList(value: unknown): value is JsonObject[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((message) => isObject(message) && typeof message['role'] === 'string');
}

function readOptions(record: JsonObject, price: ModelPrice): ChatOptions | ProviderError {
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
  if (!isWholeNumber(choices, CHOICES_MAX)) {
    return wrongType('n', `an integer between 1 and ${CHOICES_MAX}`);
  }
  const ceiling = readCeiling(record, price);
  if (typeof ceiling !== 'number') return ceiling;
  const includeUsage = streamOptions?.['include_usage'] === true;
  const outputTokensMax = Math.min(ceiling, Math.floor(ANSWER_TOKENS_MAX / choices));
  return { stream, includeUsage, choices, outputTokensMax };
}

function readCeiling(record: JsonObject, price: ModelPrice): number | ProviderError {
  const older = record['max_tokens'] ?? undefined;
  const newer = record['max_completion_tokens'] ?? undefined;
  if (older !== undefined && price.reasons) {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. " +
      "Use 'max_completion_tokens' instead.";
    return invalidRequest(message, 'max_tokens', 'unsupported_parameter');
  }
  if (older !== undefined && newer !== undefined) {
    const message =
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
    return invalidRequest(message, 'max_tokens', 'invalid_parameter_combination');
  }
  const ceiling = newer ?? older ?? ANSWER_TOKENS_MAX;
  if (isWholeNumber(ceiling, Number.MAX_SAFE_INTEGER)) return ceiling;
  const name = newer === undefined ? 'max_tokens' : 'max_completion_tokens';
  return wrongType(name, 'an integer of at least 1');
}

function isWholeNumber(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;
}

function wrongType(param: string, expected: string): ProviderError {
  return invalidRequest(`Invalid value for '${param}': expected ${expected}.`, param);
}

/** Not a tokenizer: a count that is stable, plausible and independent of anybody else's. */
function countInputTokens(messages: readonly JsonObject[], tools: unknown): number {
  let contentBytes = jsonBytes(tools);
  for (const message of messages) {
    contentBytes += jsonBytes(message['content']) + jsonBytes(message['tool_calls']);
  }
  const contentTokens = Math.ceil(contentBytes / BYTES_PER_TOKEN);
  return contentTokens + messages.length * TOKENS_PER_MESSAGE + TOKENS_PER_CALL;
}

function jsonBytes(value: unknown): number {
  if (value === undefined || value === null) return 0;
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
}
