// The messages of a Chat Completions request, as a closed schema: every part and every role of
// `openai` 7.57 (resources/chat/completions), and the thoughts that compatible servers want back.

import * as z from 'zod';
import {
  ADDRESS_CHARS_MAX,
  fileData,
  imageData,
  isAddress,
  isBase64,
  MEDIA_CHARS_MAX,
} from './openai-chat-media.ts';

const MESSAGES_MAX = 2_000;
const PARTS_MAX = 200;
const TOOL_CALLS_MAX = 128;
const ID_CHARS_MAX = 256;

export const name = z.string().min(1).max(256);
const id = z.string().min(1).max(ID_CHARS_MAX);

/** Never forwarded: GPT-5.6 and later bill what they write to a cache. */
const marked = {
  prompt_cache_breakpoint: z
    .strictObject({ mode: z.literal('explicit'), ttl: z.enum(['30m', '12h']).optional() })
    .optional(),
};

const textPart = z.strictObject({ type: z.literal('text'), text: z.string(), ...marked });
const refusalPart = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });

const imageUrl = z
  .string()
  .max(MEDIA_CHARS_MAX)
  .refine((url) => isAddress(url) || imageData(url) !== null, {
    error:
      `Write an http(s) address of at most ${String(ADDRESS_CHARS_MAX)} characters, ` +
      'or data:image/png|jpeg|webp|gif;base64,… with padded base64.',
  });

const imagePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({
    url: imageUrl,
    detail: z.enum(['auto', 'low', 'high', 'original']).optional(),
  }),
  ...marked,
});

const audioPart = z.strictObject({
  type: z.literal('input_audio'),
  input_audio: z.strictObject({
    data: z
      .string()
      .max(MEDIA_CHARS_MAX)
      .refine(isBase64, { error: 'Write the recording as padded base64.' }),
    format: z.enum(['wav', 'mp3']),
  }),
  ...marked,
});

const filePart = z.strictObject({
  type: z.literal('file'),
  file: z
    .strictObject({
      file_data: z
        .string()
        .max(MEDIA_CHARS_MAX)
        .refine((url) => fileData(url) !== null, {
          error: 'Write data:<type>;base64,… with padded base64.',
        })
        .optional(),
      file_id: id.optional(),
      filename: z.string().max(256).optional(),
    })
    .refine(({ file_data, file_id }) => (file_data === undefined) !== (file_id === undefined), {
      error: 'Write either file_data or file_id.',
    }),
  ...marked,
});

const text = z.union([z.string(), z.array(textPart).max(PARTS_MAX)]);

const asked = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [textPart, imagePart, audioPart, filePart])).max(PARTS_MAX),
]);

const answer = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [textPart, refusalPart])).max(PARTS_MAX),
  z.null(),
]);

const toolCall = z.discriminatedUnion('type', [
  z.strictObject({
    id: z.string().max(ID_CHARS_MAX),
    type: z.literal('function'),
    function: z.strictObject({ name, arguments: z.string() }),
  }),
  z.strictObject({
    id: z.string().max(ID_CHARS_MAX),
    type: z.literal('custom'),
    custom: z.strictObject({ name, input: z.string() }),
  }),
]);

const functionCall = z.strictObject({ name, arguments: z.string() });

const assistant = z.strictObject({
  role: z.literal('assistant'),
  content: answer.optional(),
  refusal: z.string().nullish(),
  name: name.optional(),
  tool_calls: z.array(toolCall).max(TOOL_CALLS_MAX).nullish(),
  function_call: functionCall.nullish(),
  annotations: z.array(z.unknown()).max(0).nullish(),
  /** Of an earlier answer, which the provider keeps. */
  audio: z.strictObject({ id }).nullish(),
  /** DeepSeek and xAI call them the first, Groq and OpenRouter the second. */
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
});

const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('developer'), content: text, name: name.optional() }),
  z.strictObject({ role: z.literal('system'), content: text, name: name.optional() }),
  z.strictObject({ role: z.literal('user'), content: asked, name: name.optional() }),
  assistant,
  z.strictObject({
    role: z.literal('tool'),
    content: text,
    tool_call_id: z.string().max(ID_CHARS_MAX),
  }),
  z.strictObject({ role: z.literal('function'), content: z.string().nullable(), name }),
]);

export const chatMessages = z.array(message).min(1).max(MESSAGES_MAX);

export type ChatMessage = z.infer<typeof message>;
