// Reads a Chat Completions stream: how much of it shows, what it says of usage, and how it is ended
// before its time. Also the older completions', which differ in where a choice has its text.

import type { Usage } from '../pricing/usage.ts';
import type { PlainEvents, StreamEvent } from '../stream/event.ts';
import type { Ask, EventReader, StreamOptions } from './dialect.ts';
import { type Json, list, parseRecord, record } from './json-value.ts';
import { beginsWithError, recordAtEnd } from './large-event.ts';
import { answerCollector } from './openai-chat-answer.ts';
import { deltaReader, largeEventBytes, SHOWN_FIELDS } from './openai-chat-deltas.ts';
import { type Ending, ending, errorLine, indexOf } from './openai-chat-ending.ts';
import { chatUsage, usageIn } from './openai-chat-usage.ts';

/** What the two kinds of streams do not have in common. */
export type CompletionsReading = {
  readonly ending: Ending;
  /** Members whose strings show. */
  readonly shown: readonly string[];
  /** Members that mean nothing here. */
  readonly varying: readonly string[];
  /** Bytes that a choice shows. */
  readonly take: (choice: Json, index: number) => number;
  /** The same of a choice that is plain, else null; changes nothing. */
  readonly weigh: (choice: Json, index: number) => number | null;
  readonly toolCalls: () => number;
};

const TIER_CHARS_MAX = 32;

/** Has an empty list of choices, and no error. */
const isEmpty = ({ choices, error }: Json): boolean =>
  error === undefined && Array.isArray(choices) && choices.length === 0;

const isSaid = (value: unknown): boolean => value !== undefined && value !== null;

/** Of a chunk that says nothing but more text of choices that are open; null of any other. */
function plainWeight(
  { event, data }: StreamEvent,
  tier: unknown,
  { ending: end, weigh }: CompletionsReading,
): number | null {
  const chunk = event === '' ? parseRecord(data) : null;
  if (chunk === null || isSaid(chunk['error']) || isSaid(usageIn(chunk))) return null;
  if ((chunk['service_tier'] ?? tier) !== tier) return null;
  let bytes = 0;
  for (const choice of list(chunk['choices']).map(record)) {
    const index = indexOf(choice);
    if (!end.isOpen(index) || isSaid(choice['finish_reason'])) return null;
    const weight = weigh(choice, index);
    if (weight === null) return null;
    bytes += weight;
  }
  return bytes;
}

const plainEvents = (
  reading: CompletionsReading,
  tier: () => unknown,
  count: (visibleBytes: number) => void,
): PlainEvents => ({
  shown: reading.shown,
  varying: reading.varying,
  weigh: (event) => plainWeight(event, tier(), reading),
  counter: () => count,
});

export function completionsEvents(
  ask: Ask,
  { hideUsage, collectAnswer }: StreamOptions,
  reading: CompletionsReading,
): EventReader {
  const { ending: end } = reading;
  const collector = collectAnswer ? answerCollector() : null;
  let usage: Usage | null = null;
  let tier: unknown;
  /** Who says another one later is read whole from then on. */
  let firstTier: unknown;
  let visible = 0;
  let events = 0;
  let reported = false;
  let done = false;
  let failed = false;
  let lost = false;

  const show = (bytes: number): void => {
    visible += bytes;
    if (bytes > 0) events += 1;
  };

  const look = (chunk: Json): void => {
    let bytes = 0;
    for (const choice of list(chunk['choices']).map(record)) {
      bytes += reading.take(choice, indexOf(choice));
    }
    show(bytes);
    end.take(chunk);
    collector?.take(chunk);
    if (isSaid(chunk['error'])) failed = true;
    const said = chunk['service_tier'];
    if (typeof said === 'string' && said.length <= TIER_CHARS_MAX) tier = said;
    firstTier ??= tier;
  };

  return {
    take(event) {
      if (event.data === '[DONE]') done = true;
      const chunk = parseRecord(event.data);
      if (chunk === null) return 'pass';
      look(chunk);
      if (event.event === 'error') failed = true;
      const said = usageIn(chunk);
      if (!isSaid(said)) return 'pass';
      // The last word wins, also where it is nonsense: then nothing is known.
      usage = chatUsage(said, ask, tier);
      if (hideUsage && isEmpty(chunk)) return 'withhold';
      reported = !end.hasOpen();
      return 'pass';
    },
    // An answer is put together from every text.
    ...(collector === null ? { plain: plainEvents(reading, () => firstTier, show) } : {}),
    takeLarge(event, head, tail, bytes) {
      if (event === 'error' || beginsWithError(head)) failed = true;
      else show(largeEventBytes(head, bytes));
      // A part of the answer was in it, and was not kept.
      lost = true;
      const said = usageIn(recordAtEnd(tail, 1));
      if (isSaid(said)) usage = chatUsage(said, ask, tier);
    },
    cut(cut) {
      // It has ended already, as its protocol has it.
      if (done || failed) return '';
      return cut.as === 'error' ? errorLine(cut) : end.write(cut, !hideUsage && !reported);
    },
    // xAI repeats it with every chunk: it is the last word when nothing more is generated.
    usage: () => (done || failed || !end.hasOpen() ? usage : null),
    usageSoFar: () => usage,
    visibleBytes: () => visible,
    events: () => events,
    toolCalls: () => reading.toolCalls(),
    finished: () => done && !failed,
    answer: () => (lost ? null : (collector?.answer() ?? null)),
  };
}

export function chatEvents(ask: Ask, options: StreamOptions): EventReader {
  const deltas = deltaReader();
  return completionsEvents(ask, options, {
    ending: ending({
      object: 'chat.completion.chunk',
      model: ask.model,
      open: { delta: {}, finish_reason: 'length' },
      // The official package refuses an answer that nobody is said to have given.
      untouched: { delta: { role: 'assistant', content: '' }, finish_reason: 'length' },
    }),
    shown: SHOWN_FIELDS,
    // `text` stands in `reasoning_details`, beside a `reasoning` that says the same.
    varying: ['obfuscation', 'text'],
    take: (choice, index) => deltas.take(choice, index),
    weigh: (choice, index) => deltas.weigh(choice, index),
    toolCalls: () => deltas.toolCalls(),
  });
}
