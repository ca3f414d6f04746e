// The closed form of a transcription (developers.openai.com/api/reference, audio/transcriptions;
// package openai 7.57): which parts there may be, how often, and what may stand in them. It is read
// into one value, and written from it in one order.

import * as z from 'zod';
import type { Bytes } from '../bytes.ts';
import type { FormField } from './dialect.ts';
import { refused } from './openai-responses-items.ts';

const PROMPT_CHARS_MAX = 4_096;
const WORDS_MAX = 32;

/** By the type the caller says: a name that tells the provider how to read it, and no more. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/mp4': 'mp4',
  'video/mp4': 'mp4',
  'audio/m4a': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/ogg': 'ogg',
  'audio/opus': 'ogg',
  'audio/wav': 'wav',
  'audio/wave': 'wav',
  'audio/x-wav': 'wav',
  'audio/vnd.wave': 'wav',
  'audio/webm': 'webm',
  'video/webm': 'webm',
};
const TYPE_OF: Readonly<Record<string, string>> = {
  flac: 'audio/flac',
  mp3: 'audio/mpeg',
  mpeg: 'audio/mpeg',
  mpga: 'audio/mpeg',
  mp4: 'audio/mp4',
  m4a: 'audio/m4a',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  webm: 'audio/webm',
};

/** From the type, or where that says nothing from the end of the name. */
function extensionOf(fileName: string, type: string): string | null {
  const byType = EXTENSIONS[type.split(';')[0]?.trim().toLowerCase() ?? ''];
  if (byType !== undefined) return byType;
  const ending = fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(TYPE_OF, ending) ? ending : null;
}

const file = z
  .strictObject({ fileName: z.string(), type: z.string(), bytes: z.custom<Bytes>() })
  .transform(({ fileName, type, bytes }, context) => {
    const extension = extensionOf(fileName, type);
    if (extension === null || bytes.length === 0) {
      context.addIssue('Send a recording as flac, mp3, mp4, m4a, ogg, wav or webm.');
      return z.NEVER;
    }
    return { extension, bytes };
  });

const words = z.array(z.string().min(1).max(256)).max(WORDS_MAX).optional();
const language = z.string().regex(/^[A-Za-z-]{2,16}$/, 'Write a code such as en.');

export const openaiTranscriptionRequest = z.strictObject({
  file,
  model: z.string().min(1).max(128),
  language: language.optional(),
  languages: z.array(language).max(WORDS_MAX).optional(),
  prompt: z.string().max(PROMPT_CHARS_MAX).optional(),
  keywords: words,
  response_format: z
    .enum(['json', 'text', 'srt', 'verbose_json', 'vtt', 'diarized_json'])
    .optional(),
  temperature: z
    .string()
    .regex(/^(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)$/, 'From 0 to 1.')
    .optional(),
  stream: z.enum(['true', 'false']).optional(),
  chunking_strategy: z.literal('auto', 'Write auto.').optional(),
  include: z.array(z.literal('logprobs')).max(1).optional(),
  known_speaker_names: refused('Samples of speakers are not offered here.'),
  known_speaker_references: refused('Samples of speakers are not offered here.'),
  timestamp_granularities: z
    .array(z.enum(['word', 'segment']))
    .max(2)
    .optional(),
});
export type OpenaiTranscriptionRequest = z.infer<typeof openaiTranscriptionRequest>;

/** Parts that may come more than once, with or without the brackets that say so. */
const LISTS = new Set(['languages', 'keywords', 'include', 'timestamp_granularities']);

/** The parts by their names; one that comes twice and may not is refused by its name. */
export function valueOf(form: readonly FormField[]): Record<string, unknown> {
  const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const { name, ...part } of form) {
    const key = name.replace(/\[\d{0,3}\]$/, '');
    const content = 'text' in part ? part.text : part;
    const found = value[key];
    if (!LISTS.has(key)) value[name] = name in value ? [found, content] : content;
    else value[key] = Array.isArray(found) ? [...(found as unknown[]), content] : [content];
  }
  return value;
}

export function formOf(request: OpenaiTranscriptionRequest): readonly FormField[] {
  const { file: recording, ...rest } = request;
  const { extension, bytes } = recording;
  const fields: FormField[] = [];
  // In the order of the schema, whatever order they came in.
  for (const key of Object.keys(openaiTranscriptionRequest.shape) as (keyof typeof rest)[]) {
    const value = rest[key];
    if (Array.isArray(value)) {
      for (const text of value) fields.push({ name: `${key}[]`, text });
    } else if (typeof value === 'string') fields.push({ name: key, text: value });
  }
  const type = TYPE_OF[extension] ?? 'application/octet-stream';
  return [...fields, { name: 'file', fileName: `recording.${extension}`, type, bytes }];
}
