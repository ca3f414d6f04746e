// The items that an OpenAI Responses request may be made of: messages, calls of tools with what
// came of them, reasoning. What reaches into the provider's memory or was run by the provider
// itself is known here, and counted as a need; other kinds are refused.

import * as z from 'zod';
import { fileData, imageData, isAddress, isBase64 } from './openai-chat-media.ts';

const PARTS_MAX = 200;
const ANNOTATIONS_MAX = 1_000;

const id = z.string().min(1).max(256);
const name = z.string().min(1).max(256);

/** Known, without effect on the answer or dear: it does not go up. */
export const dropped = z
  .unknown()
  .transform(() => undefined)
  .optional();

/** Known, and not offered to anybody: the sentence says why. */
export const refused = (sentence: string) => z.null({ error: sentence }).optional();

const status = z.enum(['in_progress', 'completed', 'incomplete', 'searching', 'failed']).nullish();

const inputText = z.strictObject({
  type: z.literal('input_text'),
  text: z.string(),
  prompt_cache_breakpoint: dropped,
});
const inputImage = z.strictObject({
  type: z.literal('input_image'),
  image_url: z
    .string()
    .refine((url) => imageData(url) !== null || isAddress(url), {
      error: 'Write data:image/png;base64,… or an address.',
    })
    .nullish(),
  file_id: id.nullish(),
  detail: z.enum(['low', 'high', 'auto', 'original']).nullish(),
  prompt_cache_breakpoint: dropped,
});
const inputFile = z.strictObject({
  type: z.literal('input_file'),
  file_data: z
    .string()
    .refine((data) => isBase64(data) || fileData(data) !== null, {
      error: 'Write base64, or data:application/pdf;base64,…',
    })
    .nullish(),
  file_id: id.nullish(),
  file_url: z.string().refine(isAddress, 'Write an address.').nullish(),
  filename: z.string().max(512).nullish(),
  detail: z.enum(['auto', 'low', 'high']).nullish(),
  prompt_cache_breakpoint: dropped,
});
const inputAudio = z.strictObject({
  type: z.literal('input_audio'),
  input_audio: z.strictObject({
    data: z.string().refine(isBase64, 'Write base64.'),
    format: z.enum(['mp3', 'wav']),
  }),
});

const annotation = z.strictObject({
  type: z.enum(['file_citation', 'url_citation', 'container_file_citation', 'file_path']),
  index: z.int().min(0).optional(),
  start_index: z.int().min(0).optional(),
  end_index: z.int().min(0).optional(),
  title: z.string().optional(),
  url: z.string().optional(),
  file_id: z.string().optional(),
  filename: z.string().optional(),
  container_id: z.string().optional(),
});
const outputText = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(annotation).max(ANNOTATIONS_MAX).nullish(),
  logprobs: dropped,
  parsed: dropped,
});
const refusal = z.strictObject({
  type: z.literal('refusal'),
  refusal: z.string(),
  parsed: dropped,
});

const part = z.discriminatedUnion(
  'type',
  [inputText, inputImage, inputFile, inputAudio, outputText, refusal],
  { error: 'This kind of content is not offered here.' },
);
export type Part = z.infer<typeof part>;

const message = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.union([z.string(), z.array(part).max(PARTS_MAX)]),
  id: id.nullish(),
  status,
  phase: z.enum(['commentary', 'final_answer']).nullish(),
});

/** Who called: the model itself; a program of the provider's would be a tool that it runs. */
const caller = z.strictObject({ type: z.literal('direct') }).nullish();

const functionCall = z.strictObject({
  type: z.literal('function_call'),
  id: id.nullish(),
  call_id: id,
  name,
  namespace: name.nullish(),
  arguments: z.string(),
  async: z.boolean().nullish(),
  caller,
  status,
  parsed_arguments: dropped,
});
const customCall = z.strictObject({
  type: z.literal('custom_tool_call'),
  id: id.nullish(),
  call_id: id,
  name,
  namespace: name.nullish(),
  input: z.string(),
  async: z.boolean().nullish(),
  caller,
  status,
});

const outcome = z.union([
  z.string(),
  z
    .array(
      z.discriminatedUnion('type', [inputText, inputImage, inputFile], {
        error: 'This kind of content is not offered here.',
      }),
    )
    .max(PARTS_MAX),
]);
const functionOutput = z.strictObject({
  type: z.literal('function_call_output'),
  id: id.nullish(),
  call_id: id,
  name: name.nullish(),
  namespace: name.nullish(),
  output: outcome,
  caller,
  status,
});
const customOutput = z.strictObject({
  type: z.literal('custom_tool_call_output'),
  id: id.nullish(),
  call_id: id,
  output: outcome,
  caller,
  status,
});

const reasoning = z.strictObject({
  type: z.literal('reasoning'),
  id: id.nullish(),
  summary: z
    .array(z.strictObject({ type: z.literal('summary_text'), text: z.string() }))
    .max(PARTS_MAX)
    .nullish(),
  content: z
    .array(z.strictObject({ type: z.literal('reasoning_text'), text: z.string() }))
    .max(PARTS_MAX)
    .nullish(),
  encrypted_content: z.string().nullish(),
  status,
});

const itemReference = z.strictObject({ type: z.literal('item_reference'), id });

/** What a tool of the provider's left behind, as the next turn repeats it. */
const webSearchCall = z.strictObject({
  type: z.literal('web_search_call'),
  id,
  status,
  action: z.record(z.string(), z.unknown()).nullish(),
});
const fileSearchCall = z.strictObject({
  type: z.literal('file_search_call'),
  id,
  status,
  queries: z.array(z.string()).max(PARTS_MAX),
  results: z.array(z.record(z.string(), z.unknown())).max(PARTS_MAX).nullish(),
});
const codeCall = z.strictObject({
  type: z.literal('code_interpreter_call'),
  id,
  status,
  code: z.string().nullish(),
  container_id: id,
  outputs: z.array(z.record(z.string(), z.unknown())).max(PARTS_MAX).nullish(),
});

export const item = z.discriminatedUnion(
  'type',
  [
    message,
    functionCall,
    functionOutput,
    customCall,
    customOutput,
    reasoning,
    itemReference,
    webSearchCall,
    fileSearchCall,
    codeCall,
  ],
  { error: 'This kind of item is not offered here.' },
);
export type Item = z.infer<typeof item>;
