// What may stand in a message to Claude: the closed schema of content blocks
// (platform.claude.com/docs/en/api/messages, @anthropic-ai/sdk 1.12). A block that is not here is
// refused; what a block costs beyond its bytes is weighed in `anthropic-messages-weight.ts`.

import * as z from 'zod';
import { isBase64 } from './openai-chat-media.ts';

const BLOCKS_MAX = 1_000;
const CITATIONS_MAX = 1_000;
/** Of one picture or document as base64; the body as a whole has its own limit. */
const DATA_CHARS_MAX = 8_388_608;

export const name = z.string().min(1).max(256);
const id = z.string().max(256);
const title = z.string().max(4_096);
export const jsonObject = z.record(z.string(), z.unknown());

/** Five minutes unless it says an hour. */
export const cacheControl = z
  .strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() })
  .nullish();

const cached = { cache_control: cacheControl };
const citing = z.strictObject({ enabled: z.boolean().optional() }).nullish();

export const textBlock = z.strictObject({
  type: z.literal('text'),
  text: z.string(),
  citations: z.array(jsonObject).max(CITATIONS_MAX).nullish(),
  ...cached,
});

const remote = z.strictObject({ type: z.literal('url'), url: z.string().min(1).max(8_192) });
const kept = z.strictObject({ type: z.literal('file'), file_id: id });
const data = z
  .string()
  .max(DATA_CHARS_MAX)
  .refine(isBase64, { error: 'Write it as base64, without line ends.' });

const image = z.strictObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('base64'),
      media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
      data,
    }),
    remote,
    kept,
  ]),
  ...cached,
});

const document = z.strictObject({
  type: z.literal('document'),
  source: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('base64'),
      media_type: z.literal('application/pdf'),
      data,
    }),
    z.strictObject({
      type: z.literal('text'),
      media_type: z.literal('text/plain'),
      data: z.string(),
    }),
    z.strictObject({
      type: z.literal('content'),
      content: z.union([z.string(), z.array(z.union([textBlock, image])).max(BLOCKS_MAX)]),
    }),
    remote,
    kept,
  ]),
  citations: citing,
  context: z.string().nullish(),
  title: title.nullish(),
  ...cached,
});

const searchResult = z.strictObject({
  type: z.literal('search_result'),
  content: z.array(textBlock).max(BLOCKS_MAX),
  source: z.string().max(8_192),
  title,
  citations: citing,
  ...cached,
});

const toolReference = z.strictObject({
  type: z.literal('tool_reference'),
  tool_name: name,
  ...cached,
});

/** Who called a tool: the model itself, or code that the provider ran. */
const caller = z.strictObject({ type: z.string().max(64), tool_id: id.optional() }).optional();
const toolset = { toolset_name: name.nullish() };

const toolUse = z.strictObject({
  type: z.literal('tool_use'),
  id,
  name,
  input: z.unknown(),
  caller,
  ...toolset,
  ...cached,
});

const toolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: id,
  content: z
    .union([
      z.string(),
      z
        .array(
          z.discriminatedUnion('type', [textBlock, image, searchResult, document, toolReference]),
        )
        .max(BLOCKS_MAX),
    ])
    .optional(),
  is_error: z.boolean().optional(),
  ...toolset,
  ...cached,
});

/** What a tool of the provider's own did in an earlier turn. */
const SERVER_RESULTS = [
  'web_search_tool_result',
  'web_fetch_tool_result',
  'code_execution_tool_result',
  'bash_code_execution_tool_result',
  'text_editor_code_execution_tool_result',
  'tool_search_tool_result',
] as const;

const serverToolUse = z.strictObject({
  type: z.literal('server_tool_use'),
  id,
  name: z.enum([
    'web_search',
    'web_fetch',
    'code_execution',
    'bash_code_execution',
    'text_editor_code_execution',
    'tool_search_tool_regex',
    'tool_search_tool_bm25',
  ]),
  input: z.unknown(),
  caller,
  ...cached,
});

const serverResult = z.strictObject({
  type: z.enum(SERVER_RESULTS),
  tool_use_id: id,
  content: z.union([jsonObject, z.array(jsonObject).max(BLOCKS_MAX)]),
  caller,
  ...cached,
});

const thinking = z.strictObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string(),
});

const redactedThinking = z.strictObject({
  type: z.literal('redacted_thinking'),
  data: z.string(),
});

const block = z.discriminatedUnion('type', [
  textBlock,
  image,
  document,
  searchResult,
  toolUse,
  toolResult,
  serverToolUse,
  serverResult,
  thinking,
  redactedThinking,
]);

export type ContentBlock = z.infer<typeof block>;

export const content = z.union([z.string(), z.array(block).max(BLOCKS_MAX)]);
export const textContent = z.union([z.string(), z.array(textBlock).max(BLOCKS_MAX)]);
