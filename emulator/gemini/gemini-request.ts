/**
 * Reads the body of a Gemini call in either spelling of its members (proto-JSON takes both), and
 * counts its input in a way of its own. It refuses members that Google does not know; media, state
 * and built-in tools are let through unread, because a provider would run them.
 */
import type { ProviderError, ReceivedCall } from '../dialect.ts';
import { isObject, isObjectList, isWholeNumber, jsonBytes, parseObject } from '../json-record.ts';
import { tokensOfBytes } from '../json-record.ts';
import type { JsonObject } from '../json-record.ts';
import { findPrice } from '../prices.ts';
import type { ModelPrice } from '../prices.ts';
import { serviceTier } from '../service-tiers.ts';
import type { ServiceTier } from '../service-tiers.ts';
import type { OfferedTool } from '../tool-choice.ts';
import { geminiError, invalidArgument } from './gemini-voice.ts';

export function readGeminiRequest({
  body,
  modelInPath = '',
}: ReceivedCall): GeminiRequest | ProviderError {
  const price = findPrice(modelInPath, 'google');
  if (price === undefined) return unknownModel(modelInPath);
  const parsed = parseObject(body.text);
  if (parsed === undefined) return invalidArgument('Invalid JSON payload received.');
  const unknown = Object.keys(parsed).find((name) => !MEMBERS.has(camelOf(name)));
  if (unknown !== undefined) {
    const name = unknown.slice(0, 60);
    return invalidArgument(
      `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`,
    );
  }
  const wrapped = camelled(parsed);
  const inner = wrapped['generateContentRequest'];
  const record = isObject(inner) ? camelled(inner) : wrapped;
  const contents = isObject(record['contents']) ? [record['contents']] : record['contents'];
  if (!isObjectList(contents) || contents.length === 0) {
    return invalidArgument('* GenerateContentRequest.contents: contents is not specified\n');
  }
  const config = isObject(record['generationConfig']) ? camelled(record['generationConfig']) : {};
  const choices = config['candidateCount'] ?? 1;
  if (!isWholeNumber(choices, 1, CANDIDATES_MAX)) {
    return invalidArgument(`* candidateCount must be in the range [1, ${CANDIDATES_MAX}]\n`);
  }
  const ceiling = config['maxOutputTokens'] ?? ANSWER_TOKENS_MAX;
  if (!isWholeNumber(ceiling, 1, Number.MAX_SAFE_INTEGER)) {
    return invalidArgument('* maxOutputTokens must be positive\n');
  }
  const thinking = isObject(config['thinkingConfig']) ? camelled(config['thinkingConfig']) : {};
  const bytes =
    jsonBytes(contents) + jsonBytes(record['systemInstruction']) + jsonBytes(record['tools']);
  const counted = tokensOfBytes(bytes) + contents.length;
  return {
    model: modelInPath,
    price,
    inputTokens: Math.min(counted, body.bodyBytes),
    choices,
    outputTokensMax: Math.min(ceiling, Math.floor(ANSWER_TOKENS_MAX / choices)),
    tier: serviceTier(record['serviceTier']),
    showsThinking: thinking['includeThoughts'] === true,
    tools: readTools(record),
  };
}

export type GeminiRequest = {
  readonly model: string;
  readonly price: ModelPrice;
  readonly inputTokens: number;
  readonly choices: number;
  /** Thoughts included. */
  readonly outputTokensMax: number;
  readonly tier: ServiceTier;
  readonly showsThinking: boolean;
  readonly tools: readonly OfferedTool[];
};

const CANDIDATES_MAX = 8;
const ANSWER_TOKENS_MAX = 1_000_000;

const MEMBERS: ReadonlySet<string> = new Set([
  'model',
  'contents',
  'systemInstruction',
  'generationConfig',
  'safetySettings',
  'tools',
  'toolConfig',
  'cachedContent',
  'serviceTier',
  'store',
  'generateContentRequest',
]);

/** The last spelling that came wins, as with any doubled member. */
function camelled(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [camelOf(name), value]));
}

const camelOf = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function unknownModel(model: string): ProviderError {
  return geminiError(
    404,
    'NOT_FOUND',
    `models/${model.slice(0, 200)} is not found for API version v1beta, or is not supported for ` +
      'generateContent. Call ModelService.ListModels to see the list of available models and ' +
      'their supported methods.',
  );
}

function readTools(record: JsonObject): OfferedTool[] {
  const { tools, toolConfig } = record;
  const config = isObject(toolConfig) ? camelled(toolConfig)['functionCallingConfig'] : undefined;
  if (isObject(config) && config['mode'] === 'NONE') return [];
  // The API takes a single object where the documents say a list (seen in a recording).
  const list = isObject(tools) ? [tools] : isObjectList(tools) ? tools : [];
  return list.flatMap((tool) => {
    const declared = camelled(tool)['functionDeclarations'];
    return (isObjectList(declared) ? declared : []).flatMap((one) => {
      const { name, parameters, parametersJsonSchema } = camelled(one);
      return typeof name === 'string' ? [{ name, schema: parametersJsonSchema ?? parameters }] : [];
    });
  });
}
