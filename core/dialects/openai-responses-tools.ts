// The tools that an OpenAI Responses request may name. Functions and custom tools are run by the
// caller and stand in the bytes; what the provider runs by itself is a need of its own, by its
// kind.

import * as z from 'zod';
import { refused } from './openai-responses-items.ts';

const CHOSEN_MAX = 128;
const VECTOR_STORES_MAX = 32;

const name = z.string().min(1).max(256);
const id = z.string().min(1).max(256);
const jsonObject = z.record(z.string(), z.unknown());

/** Only direct calls: a program of the provider's is not bounded by what is asked for. */
const callers = z.array(z.literal('direct')).max(2).nullish();
const deferred = refused('Tools are searched for by the provider: name them without this.');

const functionTool = z.strictObject({
  type: z.literal('function'),
  name,
  description: z.string().nullish(),
  parameters: jsonObject.nullish(),
  output_schema: jsonObject.nullish(),
  strict: z.boolean().nullish(),
  async: z.boolean().optional(),
  allowed_callers: callers,
  defer_loading: deferred,
});
const customTool = z.strictObject({
  type: z.literal('custom'),
  name,
  description: z.string().optional(),
  format: jsonObject.optional(),
  async: z.boolean().optional(),
  allowed_callers: callers,
  defer_loading: deferred,
});

const WEB_SEARCHES = [
  'web_search',
  'web_search_2025_08_26',
  'web_search_preview',
  'web_search_preview_2025_03_11',
] as const;

const webSearch = z.strictObject({
  type: z.enum(WEB_SEARCHES),
  search_context_size: z.enum(['low', 'medium', 'high']).nullish(),
  search_content_types: z
    .array(z.enum(['text', 'image']))
    .max(2)
    .nullish(),
  user_location: jsonObject.nullish(),
  filters: jsonObject.nullish(),
  external_web_access: z.boolean().nullish(),
  allowed_callers: callers,
});
const fileSearch = z.strictObject({
  type: z.literal('file_search'),
  vector_store_ids: z.array(id).max(VECTOR_STORES_MAX),
  max_num_results: z.int().min(1).max(50).nullish(),
  filters: jsonObject.nullish(),
  ranking_options: jsonObject.nullish(),
});
/** Larger containers have larger prices. */
const container = z.strictObject({
  type: z.literal('auto'),
  memory_limit: z.literal('1g').nullish(),
  file_ids: z.array(id).max(VECTOR_STORES_MAX).nullish(),
  network_policy: z.strictObject({ type: z.literal('disabled') }).nullish(),
});
const codeInterpreter = z.strictObject({
  type: z.literal('code_interpreter'),
  container: z.union([id, container]),
  allowed_callers: callers,
});
const imageGeneration = z.strictObject({
  type: z.literal('image_generation'),
  /** Without it the provider chooses, and what it chose is not in its usage. */
  model: z.string().min(1).max(128),
  action: z.enum(['generate', 'edit', 'auto']).optional(),
  background: z.enum(['transparent', 'opaque', 'auto']).optional(),
  input_fidelity: z.enum(['high', 'low']).nullish(),
  moderation: z.enum(['auto', 'low']).optional(),
  output_compression: z.int().min(0).max(100).optional(),
  output_format: z.enum(['png', 'webp', 'jpeg']).optional(),
  partial_images: z.int().min(0).max(3).optional(),
  quality: z.enum(['low', 'medium', 'high', 'auto']).optional(),
  size: z.string().max(16).optional(),
});

/** Run by the provider or on its behalf, with whatever settings they have. */
const OTHER_SERVER_TOOLS = [
  'computer',
  'computer_use_preview',
  'mcp',
  'shell',
  'local_shell',
  'apply_patch',
  'namespace',
  'tool_search',
  'programmatic_tool_calling',
] as const;
const otherServerTool = z.looseObject({ type: z.enum(OTHER_SERVER_TOOLS) });

export const tool = z.discriminatedUnion(
  'type',
  [
    functionTool,
    customTool,
    webSearch,
    fileSearch,
    codeInterpreter,
    imageGeneration,
    otherServerTool,
  ],
  { error: 'This kind of tool is not offered here.' },
);
export type Tool = z.infer<typeof tool>;

const named = z.strictObject({ type: z.enum(['function', 'custom']), name });
/** A tool of the provider's, by its kind; of several servers, by its label. */
const chosenKind = z.strictObject({
  type: z.enum([
    ...WEB_SEARCHES,
    ...OTHER_SERVER_TOOLS,
    'computer_use',
    'file_search',
    'image_generation',
    'code_interpreter',
  ]),
  server_label: z.string().max(256).optional(),
  name: z.string().max(256).nullish(),
});
const chosen = z.union([named, chosenKind]);

export const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  named,
  z.strictObject({
    type: z.literal('allowed_tools'),
    mode: z.enum(['auto', 'required']),
    tools: z.array(chosen).max(CHOSEN_MAX),
  }),
  chosenKind,
]);
export type ToolChoice = z.infer<typeof toolChoice>;
