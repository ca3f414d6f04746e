// The chunks of Gemini that come by the thousand: some more text of one candidate, and counts that
// grew. Everything else in them is as in the chunk before, so that they need not be read one by
// one.

import { utf8Length } from '../bytes.ts';
import { isCount } from '../pricing/usage.ts';
import type { StreamEvent } from '../stream/event.ts';
import { type Json, list, parseRecord, record } from './json-value.ts';

/** What grows from chunk to chunk. The total has to come last: it is the one that is read. */
export const GROWING = ['candidatesTokenCount', 'totalTokenCount'] as const;

const CHUNK_KEYS = ['candidates', 'usageMetadata', 'modelVersion', 'responseId', 'createTime'];
const CANDIDATE_KEYS = ['content', 'index'];
const CONTENT_KEYS = ['parts', 'role'];
const PART_KEYS = ['text', 'thought'];

const hasOnly = (value: Json, keys: readonly string[]): boolean =>
  Object.keys(value).every((key) => keys.includes(key));

export type PlainChunk = {
  readonly index: number;
  readonly visibleBytes: number;
  /** Beside the growing ones. */
  readonly inputTokens: number;
};

/** Null of any other chunk. */
export function plainChunk({ data }: StreamEvent): PlainChunk | null {
  const chunk = parseRecord(data) ?? {};
  const [candidate, ...others] = list(chunk['candidates']).map(record);
  if (candidate === undefined || others.length > 0) return null;
  const content = record(candidate['content']);
  const [part, ...more] = list(content['parts']).map(record);
  const text = part?.['text'];
  if (part === undefined || more.length > 0 || typeof text !== 'string') return null;
  const isPlain =
    hasOnly(chunk, CHUNK_KEYS) &&
    hasOnly(candidate, CANDIDATE_KEYS) &&
    hasOnly(content, CONTENT_KEYS) &&
    hasOnly(part, PART_KEYS);
  const usage = record(chunk['usageMetadata']);
  const { promptTokenCount: prompt, toolUsePromptTokenCount: ofTools = 0 } = usage;
  const growing = Object.keys(usage).filter((key) => GROWING.some((name) => name === key));
  const inOrder = growing.join() === GROWING.join();
  if (!isPlain || !inOrder || !isCount(prompt) || !isCount(ofTools)) return null;
  const { index = 0 } = candidate;
  return typeof index === 'number'
    ? { index, visibleBytes: utf8Length(text), inputTokens: prompt + ofTools }
    : null;
}
