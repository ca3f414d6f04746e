// Reads a stream of Claude: how much of it shows, what it says of usage, and how it is ended before
// its time. What `message_start` says of output is a placeholder (1 to 8 tokens): only the word of
// `message_delta` counts as usage.

import { utf8Length } from '../bytes.ts';
import type { Usage } from '../pricing/usage.ts';
import type { PlainEvents, StreamEvent } from '../stream/event.ts';
import { type AnswerCollector, answerCollector } from './anthropic-messages-answer.ts';
import { anthropicUsage } from './anthropic-messages-usage.ts';
import type { Ask, CollectedAnswer, Cut, EventReader, StreamOptions } from './dialect.ts';
import { isSmall, type Json, parseRecord, record, text } from './json-value.ts';
import { largeEventType } from './large-event.ts';

/** Blocks that are open at once; one, in every recording. */
const OPEN_BLOCKS_MAX = 64;
const TOOL_BLOCKS: ReadonlySet<string> = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use']);
const INDEX = /"index"\s{0,8}:\s{0,8}(\d{1,6})/;

/** Strings of a delta that show; `content` is that of a compaction. */
const SHOWN_FIELDS = ['text', 'thinking', 'partial_json', 'content'] as const;

const event = (name: string, json: object): string =>
  `event: ${name}\ndata: ${JSON.stringify({ type: name, ...json })}\n\n`;

/** Bytes that a delta shows. A signature is not generated text. */
function deltaBytes(delta: Json): number {
  let bytes = 0;
  for (const field of SHOWN_FIELDS) bytes += utf8Length(text(delta[field]));
  const citation = delta['citation'];
  return bytes + (citation === undefined ? 0 : utf8Length(JSON.stringify(citation)));
}

function plainBytes({ data }: StreamEvent): number | null {
  const json = parseRecord(data);
  return json?.['type'] === 'content_block_delta' ? deltaBytes(record(json['delta'])) : null;
}

/** The frame of a call is generated as well and does not show (recorded: some 25 tokens). */
const CALL_FRAME_BYTES = 64;

const isCall = (block: Json): boolean => TOOL_BLOCKS.has(text(block['type']));

const blockBytes = (block: Json): number =>
  utf8Length(text(block['text'])) +
  utf8Length(text(block['thinking'])) +
  (isCall(block) ? utf8Length(text(block['name'])) + CALL_FRAME_BYTES : 0);

const COUNTS = [
  'input_tokens',
  'output_tokens',
  'output_tokens_details',
  'cache_creation_input_tokens',
  'cache_creation',
  'cache_read_input_tokens',
  'server_tool_use',
  'service_tier',
  'iterations',
] as const;

/** So many values has a report of a hundred passes. */
const USAGE_VALUES_MAX = 1_024;
/** Of a report that is too much to be one nothing is believed. */
const readable = (usage: unknown): Json =>
  isSmall(usage, USAGE_VALUES_MAX) ? record(usage) : { input_tokens: '', output_tokens: '' };

/** What was told over what was known: counts are totals, and what is left out or null stays. */
const merged = (known: Json, told: Json): Json =>
  Object.fromEntries(COUNTS.map((name) => [name, told[name] ?? known[name]]));

/** What has begun without us, for a caller who has heard nothing yet. */
const beginning = (model: string, inputTokens: number): object => ({
  message: {
    id: 'msg_weighbridge',
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: inputTokens, output_tokens: 0 },
  },
});

export class MessageEvents implements EventReader {
  /** Deltas; not for one who collects the answer, and needs every text of it. */
  readonly plain?: PlainEvents;
  readonly #ask: Ask;
  readonly #collector: AnswerCollector | null;
  readonly #open = new Set<number>();
  #counts: Json = {};
  #isFinal = false;
  #started = false;
  #delivered = false;
  #stopped = false;
  #failed = false;
  #visible = 0;
  #events = 0;
  #toolCalls = 0;

  constructor(ask: Ask, { collectAnswer }: StreamOptions) {
    this.#ask = ask;
    this.#collector = collectAnswer ? answerCollector() : null;
    if (collectAnswer) return;
    this.plain = {
      shown: SHOWN_FIELDS,
      varying: ['index'],
      weigh: plainBytes,
      counter: () => (bytes) => {
        this.#show(bytes);
      },
    };
  }

  take({ data }: StreamEvent): 'pass' {
    const json = parseRecord(data);
    if (json === null) return 'pass';
    const type = text(json['type']);
    if (type === 'content_block_delta') this.#show(deltaBytes(record(json['delta'])));
    else if (type === 'content_block_start') this.#begin(json);
    else if (type === 'content_block_stop') this.#open.delete(json['index'] as number);
    else if (type === 'message_start') this.#start(record(json['message']));
    else if (type === 'message_delta') this.#deliver(json['usage']);
    else if (type === 'message_stop') this.#stopped = true;
    else if (type === 'error') this.#failed = true;
    this.#collector?.take(json);
    return 'pass';
  }

  takeLarge(name: string, head: string, tail: string, bytes: number): void {
    // What is this large is the result of a tool, or a very long piece of what was generated.
    const type = largeEventType(name, head, tail);
    const index = Number(INDEX.exec(head)?.[1]);
    if (type === 'content_block_start' && Number.isInteger(index)) this.#addOpen(index);
    if (type === 'content_block_delta') this.#show(bytes);
    if (type === 'error') this.#failed = true;
    this.#collector?.forget();
  }

  /** Empty where it has ended by itself, or has said itself that it failed. */
  cut(cut: Cut): string {
    if (this.#stopped || this.#failed) return '';
    if (cut.as === 'error') {
      return event('error', { error: { type: 'api_error', message: cut.sentence } });
    }
    const delta = { stop_reason: 'max_tokens', stop_sequence: null };
    const usage = { output_tokens: cut.outputTokens };
    return [
      this.#started ? '' : event('message_start', beginning(this.#ask.model, cut.inputTokens)),
      ...[...this.#open].map((index) => event('content_block_stop', { index })),
      this.#delivered ? '' : event('message_delta', { delta, usage }),
      event('message_stop', {}),
    ].join('');
  }

  usage(): Usage | null {
    return this.#isFinal ? anthropicUsage(this.#counts, this.#ask) : null;
  }

  usageSoFar(): Usage | null {
    return this.#started ? anthropicUsage(this.#counts, this.#ask) : null;
  }

  visibleBytes(): number {
    return this.#visible;
  }

  events(): number {
    return this.#events;
  }

  toolCalls(): number {
    return this.#toolCalls;
  }

  finished(): boolean {
    return this.#stopped && !this.#failed;
  }

  answer(): CollectedAnswer | null {
    return this.#collector?.answer() ?? null;
  }

  #show(bytes: number): void {
    this.#visible += bytes;
    if (bytes > 0) this.#events += 1;
  }

  #addOpen(index: unknown): void {
    if (typeof index === 'number' && this.#open.size < OPEN_BLOCKS_MAX) this.#open.add(index);
  }

  /** A second one begins the answer again. */
  #start(message: Json): void {
    this.#started = true;
    this.#isFinal = false;
    this.#delivered = false;
    this.#open.clear();
    this.#counts = merged(this.#counts, readable(message['usage']));
  }

  #begin({ index, content_block }: Json): void {
    const block = record(content_block);
    this.#addOpen(index);
    this.#show(blockBytes(block));
    if (isCall(block)) this.#toolCalls += 1;
  }

  #deliver(usage: unknown): void {
    this.#delivered = true;
    const told = readable(usage);
    this.#isFinal ||= (told['output_tokens'] ?? null) !== null;
    this.#counts = merged(this.#counts, told);
  }
}
