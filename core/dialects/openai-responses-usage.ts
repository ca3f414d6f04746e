// Usage as the Responses API reports it, in our vocabulary. What the provider's own tools did
// stands beside it, or only among the output items: the larger of what is reported and what is seen
// counts.

import type { ServiceTier } from '../pricing/rates.ts';
import { type Extras, isCount, partOf, type Tokens, type Usage } from '../pricing/usage.ts';
import type { Ask } from './dialect.ts';
import { type Json, list, record, text } from './json-value.ts';
import { imageTokensMax, PARTIAL_IMAGE_TOKENS } from './openai-images-tokens.ts';
import type { Tool } from './openai-responses-tools.ts';

/** Calls of the provider's own tools. */
export type ServerCalls = {
  readonly webSearches: number;
  readonly fileSearches: number;
  readonly codeSessions: number;
  readonly images: number;
};

export const NO_CALLS: ServerCalls = {
  webSearches: 0,
  fileSearches: 0,
  codeSessions: 0,
  images: 0,
};

/** To look again at a page that was found costs no search. */
const FREE_ACTIONS = new Set(['open_page', 'find_in_page']);

export function serverCallsIn(items: readonly Json[]): ServerCalls {
  const of = (type: string): readonly Json[] => items.filter((item) => item['type'] === type);
  const searches = of('web_search_call').map((item) => text(record(item['action'])['type']));
  const containers = of('code_interpreter_call').map((item) => text(item['container_id']));
  return {
    webSearches: searches.filter((action) => !FREE_ACTIONS.has(action)).length,
    fileSearches: of('file_search_call').length,
    codeSessions: new Set(containers).size,
    images: of('image_generation_call').length,
  };
}

const CONTAINERS_MAX = 128;

/** The same of a stream, item by item. */
export class ServerCallTally {
  readonly #containers = new Set<string>();
  #calls = NO_CALLS;

  take(item: Json): void {
    const { webSearches, fileSearches, codeSessions, images } = serverCallsIn([item]);
    if (codeSessions > 0 && this.#containers.size < CONTAINERS_MAX) {
      this.#containers.add(text(item['container_id']));
    }
    this.#calls = {
      webSearches: this.#calls.webSearches + webSearches,
      fileSearches: this.#calls.fileSearches + fileSearches,
      codeSessions: this.#containers.size,
      images: this.#calls.images + images,
    };
  }

  all(): ServerCalls {
    return this.#calls;
  }
}

const larger = (first: ServerCalls, second: ServerCalls): ServerCalls => ({
  webSearches: Math.max(first.webSearches, second.webSearches),
  fileSearches: Math.max(first.fileSearches, second.fileSearches),
  codeSessions: Math.max(first.codeSessions, second.codeSessions),
  images: Math.max(first.images, second.images),
});

const TIERS: Readonly<Record<string, ServiceTier>> = {
  flex: 'flex',
  batch: 'batch',
  priority: 'priority',
  fast: 'priority',
  ultrafast: 'priority',
};

/** Only what there is any of. */
const counted = (extras: Extras): Extras =>
  Object.fromEntries(Object.entries(extras).filter(([, count]) => count > 0));

type Other = Tokens & { readonly model: string };

/** What the image tool is said to have used; null if it says nonsense. */
function reportedImages(imageGen: Json, model: string): Other | null {
  const { input_tokens: input = 0, output_tokens: output = 0 } = imageGen;
  if (!isCount(input) || !isCount(output)) return null;
  const cached = partOf(imageGen['cached_tokens'], input);
  const cachedImages = partOf(
    record(imageGen['cached_tokens_details'])['cached_image_tokens'],
    cached,
  );
  const details = record(imageGen['output_tokens_details']);
  const images = partOf(record(imageGen['input_tokens_details'])['image_tokens'], input);
  return {
    model,
    inputTokens: input,
    cachedInputTokens: cached,
    cacheWriteTokens: 0,
    outputTokens: output,
    reasoningTokens: 0,
    extras: counted({
      inputImage: Math.max(0, images - cachedImages),
      cachedInputImage: cachedImages,
      outputImage: output - partOf(details['text_tokens'], output),
    }),
  };
}

/** Pictures of another model; null if nothing valid is known of what they cost. */
function imagesOf(toolUsage: Json, calls: ServerCalls, ask: Ask): readonly Other[] | null {
  const tools = list(ask.body['tools']) as readonly Tool[];
  const tool = tools.find(({ type }) => type === 'image_generation');
  const settings = tool?.type === 'image_generation' ? tool : null;
  const model = settings?.model ?? 'gpt-image-2';
  const reported = reportedImages(record(toolUsage['image_gen']), model);
  if (reported === null) return null;
  if (reported.inputTokens > 0 || reported.outputTokens > 0) return [reported];
  if (calls.images === 0) return [];
  // Pictures came, and not a word of their tokens: as many as they can have had.
  const { tokens } = imageTokensMax(model, settings?.quality ?? 'auto', settings?.size ?? 'auto');
  const each = tokens + (settings?.partial_images ?? 0) * PARTIAL_IMAGE_TOKENS;
  const outputTokens = each * calls.images;
  return [{ ...reported, outputTokens, extras: { outputImage: outputTokens } }];
}

/** `response` is the finished one; `streamed` are the calls seen on the way to it. */
export function responsesUsage(response: Json, streamed: ServerCalls, ask: Ask): Usage | null {
  const usage = record(response['usage']);
  const { input_tokens: input, output_tokens: output } = usage;
  if (!isCount(input) || !isCount(output)) return null;
  const toolUsage = record(response['tool_usage']);
  const calls = larger(streamed, serverCallsIn(list(response['output']).map(record)));
  const images = imagesOf(toolUsage, calls, ask);
  const { num_requests: searches = 0 } = record(toolUsage['web_search']);
  if (images === null || !isCount(searches)) return null;
  const details = record(usage['input_tokens_details']);
  const written = partOf(details['cache_write_tokens'], input);
  const lifetimes = record(details['cache_write_tokens_details']);
  const extras = counted({
    // Kept for twelve hours: the dearer of the two kinds of cache writes.
    cacheWriteHour: partOf(lifetimes['ttl_12h_tokens'], written),
    webSearch: Math.max(searches, calls.webSearches),
    fileSearch: calls.fileSearches,
    codeSession: calls.codeSessions,
  });
  const tier = TIERS[text(response['service_tier'])];
  return {
    inputTokens: input,
    outputTokens: output,
    cachedInputTokens: partOf(details['cached_tokens'], input),
    cacheWriteTokens: written,
    reasoningTokens: partOf(record(usage['output_tokens_details'])['reasoning_tokens'], output),
    ...(Object.keys(extras).length === 0 ? {} : { extras }),
    ...(tier === undefined ? {} : { tier }),
    ...(images.length === 0 ? {} : { others: images }),
  };
}
