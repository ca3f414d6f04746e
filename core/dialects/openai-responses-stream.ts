// Reads a Responses stream: how much of it shows, which tools were called, what its last event says
// of usage, and how it is ended before its time.

import { utf8Length } from '../bytes.ts';
import type { Usage } from '../pricing/usage.ts';
import type { PlainCounter, PlainEvents, StreamEvent } from '../stream/event.ts';
import type { Ask, CollectedAnswer, Cut, EventReader, StreamOptions } from './dialect.ts';
import { isSmall, type Json, parseRecord, record, shortText, text } from './json-value.ts';
import { fieldAtStart, largeEventType, recordAtEnd } from './large-event.ts';
import { type AnswerCollector, answerCollector } from './openai-responses-answer.ts';
import { endOfResponse, type ResponseHead } from './openai-responses-cut.ts';
import { OutputTracker } from './openai-responses-output.ts';
import { responsesUsage, ServerCallTally } from './openai-responses-usage.ts';

const ENDINGS = new Set(['response.completed', 'response.incomplete', 'response.failed']);
const BEGINNINGS = new Set(['response.created', 'response.in_progress', 'response.queued']);
const TOOL_CALLS = new Set<unknown>(['function_call', 'custom_tool_call']);

/** Of the first events: short ones only, and nothing that the caller wrote. */
const HEAD_FIELDS = ['model', 'created_at', 'temperature', 'top_p', 'parallel_tool_calls'];
/** What an item shows that came whole. */
const SHOWN_FIELDS = ['content', 'summary', 'arguments', 'input', 'code'];

const placeOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

class ResponsesReader implements EventReader {
  readonly #ask: Ask;
  readonly #collector: AnswerCollector | null;
  readonly #output = new OutputTracker();
  readonly #serverCalls = new ServerCallTally();
  #head: ResponseHead | null = null;
  #sequence = -1;
  #usage: Usage | null = null;
  #visible = 0;
  #events = 0;
  #toolCalls = 0;
  /** The item that was shown piece by piece last. */
  #shownItem: number | null = null;
  #done = false;
  #failed = false;
  #lost = false;

  constructor(ask: Ask, collectAnswer: boolean) {
    this.#ask = ask;
    this.#collector = collectAnswer ? answerCollector() : null;
  }

  /** Most events are more of a text that is open. */
  readonly plain: PlainEvents = {
    shown: ['delta'],
    varying: ['sequence_number', 'obfuscation'],
    weigh: ({ data }) => {
      const event = parseRecord(data) ?? {};
      const { delta } = event;
      if (typeof delta !== 'string') return null;
      const isMore = this.#output.targetOf(event) !== null || this.#output.ignores(event);
      return isMore ? utf8Length(delta) : null;
    },
    counter: ({ data }) => this.#counterOf(parseRecord(data) ?? {}),
    wantsText: () => this.#collector !== null || !this.#output.isPartial,
  };

  #counterOf(event: Json): PlainCounter {
    const target = this.#output.targetOf(event);
    const { type, output_index } = event;
    return (bytes, number, delta) => {
      this.#show(bytes);
      this.#shownItem = placeOf(output_index);
      this.#sequence = number ?? this.#sequence + 1;
      if (target !== null) this.#output.append(target, delta);
      this.#collector?.take({ type, delta });
    };
  }

  #show(bytes: number): void {
    this.#visible += bytes;
    if (bytes > 0) this.#events += 1;
  }

  #begin(response: Json): void {
    const id = shortText(response['id']);
    if (this.#head !== null || id === '') return;
    const fields = HEAD_FIELDS.flatMap((name) =>
      isSmall(response[name], 1) && response[name] !== undefined
        ? [[name, response[name]] as const]
        : [],
    );
    this.#head = { id, fields: Object.fromEntries(fields) };
  }

  #end(type: string, response: Json): void {
    this.#usage = responsesUsage(response, this.#serverCalls.all(), this.#ask);
    if (type === 'response.failed') this.#failed = true;
    else this.#done = true;
  }

  #finishItem(item: Json, wasShown: boolean): void {
    this.#serverCalls.take(item);
    if (wasShown) return;
    let bytes = 0;
    for (const field of SHOWN_FIELDS) {
      const shown = item[field];
      if (shown !== undefined && shown !== null) bytes += utf8Length(JSON.stringify(shown));
    }
    this.#show(bytes);
  }

  #look(type: string, event: Json): void {
    if (type.endsWith('.delta')) {
      this.#show(utf8Length(text(event['delta'])));
      this.#shownItem = placeOf(event['output_index']);
    } else if (type === 'response.output_item.added') {
      if (TOOL_CALLS.has(record(event['item'])['type'])) this.#toolCalls += 1;
    } else if (type === 'response.output_item.done') {
      this.#finishItem(record(event['item']), placeOf(event['output_index']) === this.#shownItem);
    } else if (BEGINNINGS.has(type)) this.#begin(record(event['response']));
    else if (ENDINGS.has(type)) this.#end(type, record(event['response']));
    else if (type === 'error') this.#failed = true;
  }

  take({ event: name, data }: StreamEvent): 'pass' {
    const event = parseRecord(data);
    if (event === null) return 'pass';
    const type = text(event['type']) || name;
    const number = event['sequence_number'];
    this.#sequence = Number.isSafeInteger(number) ? (number as number) : this.#sequence + 1;
    this.#look(type, event);
    if (!ENDINGS.has(type)) this.#output.take(event);
    this.#collector?.take(event);
    return 'pass';
  }

  takeLarge(name: string, start: string, tail: string, bytes: number): void {
    this.#sequence += 1;
    const type = largeEventType(name, start, tail);
    if (BEGINNINGS.has(type)) {
      this.#begin({ id: fieldAtStart(start, 'id'), model: fieldAtStart(start, 'model') });
      return;
    }
    if (ENDINGS.has(type)) {
      const tier = { service_tier: fieldAtStart(tail, 'service_tier') };
      this.#end(type, { ...tier, ...recordAtEnd(tail, 2) });
      return;
    }
    // A part of the answer is in it, and was not kept.
    this.#lost = true;
    this.#output.lose();
    if (type.endsWith('.delta')) this.#show(bytes);
    else if (type === 'error') this.#failed = true;
    else if (type === 'response.output_item.done' && start.includes('"image_generation_call"')) {
      this.#serverCalls.take({ type: 'image_generation_call' });
    }
  }

  /** One that has ended already has ended as its protocol has it. */
  cut(cut: Cut): string {
    if (this.#done || this.#failed) return '';
    return endOfResponse(cut, this.#head, this.#output, this.#sequence);
  }

  usage(): Usage | null {
    return this.#usage;
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
    return this.#done && !this.#failed;
  }

  answer(): CollectedAnswer | null {
    return this.#lost ? null : (this.#collector?.answer() ?? null);
  }
}

export const responsesEvents = (ask: Ask, { collectAnswer }: StreamOptions): EventReader =>
  new ResponsesReader(ask, collectAnswer);
