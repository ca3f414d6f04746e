// Reads a stream of Gemini: how much of it shows, what it says of usage, and how it is ended before
// its time. Every chunk has a word on usage, and they do not only grow: the last word is the one
// that comes with the end of every candidate, or after it; until then the largest is kept.

import { utf8Length } from '../bytes.ts';
import { isCount, type Usage } from '../pricing/usage.ts';
import type { PlainEvents, StreamEvent } from '../stream/event.ts';
import type { Ask, CollectedAnswer, Cut, EventReader, StreamOptions } from './dialect.ts';
import { type AnswerCollector, answerCollector } from './gemini-answer.ts';
import { GROWING, plainChunk } from './gemini-plain.ts';
import { addQueries, billedSearches, geminiUsage } from './gemini-usage.ts';
import { isSmall, type Json, list, parseRecord, record, shortText, text } from './json-value.ts';
import { beginsWithError } from './large-event.ts';

/** What a word on usage consists of, its details included: under 40 in every recording. */
const USAGE_VALUES_MAX = 512;
const NONSENSE = 'too large';
/** Candidates that are open at once. */
const CANDIDATES_MAX = 8;

const jsonBytes = (value: unknown): number =>
  value === undefined ? 0 : utf8Length(JSON.stringify(value));

/** A signature is not generated text, and a picture's bytes say nothing of its tokens. */
const partBytes = (part: Json): number =>
  utf8Length(text(part['text'])) +
  utf8Length(text(record(part['executableCode'])['code'])) +
  jsonBytes(part['functionCall']);

/** The object behind the last `"usageMetadata"`; a model's own text has its quotes escaped. */
function usageAtEnd(tail: string): Json | undefined {
  const key = tail.lastIndexOf('"usageMetadata"');
  const start = key < 0 ? -1 : tail.indexOf('{', key);
  let depth = 0;
  for (let at = start; at >= 0 && at < tail.length; at += 1) {
    if (tail[at] === '{') depth += 1;
    else if (tail[at] === '}') depth -= 1;
    if (depth === 0) return parseRecord(tail.slice(start, at + 1)) ?? undefined;
  }
  return undefined;
}

const FINISHED = /"finishReason"\s{0,8}:\s{0,8}"[A-Z_]{1,64}"/;
/** A picture, a sound: its bytes say nothing of its tokens. */
const DATA = /"inline_?[dD]ata"\s{0,8}:/;

/** As Google frames it; the array of an answer without `alt=sse` is made of these data. */
const chunkText = (json: object): string => `data: ${JSON.stringify(json)}\r\n\r\n`;

export class GeminiEvents implements EventReader {
  /** Not for one who collects the answer, and needs every text of it. */
  readonly plain?: PlainEvents;
  readonly #model: string;
  readonly #collector: AnswerCollector | null;
  readonly #open = new Set<number>();
  readonly #queries = new Set<string>();
  #isOver = false;
  #failed = false;
  #last: unknown = null;
  #soFar: Usage | null = null;
  #head: Json = {};
  #visible = 0;
  #events = 0;
  #toolCalls = 0;

  constructor({ model }: Ask, { collectAnswer }: StreamOptions) {
    this.#model = model;
    this.#collector = collectAnswer ? answerCollector() : null;
    if (collectAnswer) return;
    this.plain = {
      shown: ['text'],
      varying: GROWING,
      weigh: (event) => {
        const chunk = plainChunk(event);
        return chunk !== null && this.#open.has(chunk.index) ? chunk.visibleBytes : null;
      },
      counter: (event) => {
        const { inputTokens = 0 } = plainChunk(event) ?? {};
        return (bytes, total) => {
          this.#show(bytes);
          this.#grow((total ?? 0) - inputTokens);
        };
      },
    };
  }

  take({ data }: StreamEvent): 'pass' {
    const chunk = parseRecord(data);
    if (chunk !== null) this.#takeChunk(chunk);
    return 'pass';
  }

  takeLarge(_name: string, head: string, tail: string, bytes: number): void {
    if (beginsWithError(head)) {
      this.#failed = true;
      return;
    }
    this.#show(DATA.test(head) ? 1 : bytes);
    this.#isOver = FINISHED.test(tail) || FINISHED.test(head);
    if (this.#isOver) this.#open.clear();
    else this.#addOpen(0);
    // What it says of usage stands at its end.
    this.#takeUsage(usageAtEnd(tail));
    this.#collector?.forget();
  }

  /** Empty where it has ended by itself, or has said itself that it failed. */
  cut(cut: Cut): string {
    if (this.#isOver || this.#failed) return '';
    if (cut.as === 'error') {
      const error = { code: 503, message: cut.sentence, status: 'UNAVAILABLE' };
      return chunkText({ error });
    }
    const { inputTokens, outputTokens } = cut;
    const indexes = this.#open.size === 0 ? [0] : [...this.#open];
    return chunkText({
      candidates: indexes.map((index) => ({
        content: { parts: [{ text: '' }], role: 'model' },
        finishReason: 'MAX_TOKENS',
        index,
      })),
      usageMetadata: {
        promptTokenCount: inputTokens,
        candidatesTokenCount: outputTokens,
        totalTokenCount: inputTokens + outputTokens,
      },
      ...this.#head,
    });
  }

  usage(): Usage | null {
    if (this.#last === null) return null;
    const searches = billedSearches(this.#model, this.#queries);
    return geminiUsage(this.#last, searches, this.#visible > 0);
  }

  usageSoFar(): Usage | null {
    return this.#soFar;
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
    return this.#isOver && !this.#failed;
  }

  answer(): CollectedAnswer | null {
    return this.#collector?.answer() ?? null;
  }

  #show(bytes: number): void {
    this.#visible += bytes;
    if (bytes > 0) this.#events += 1;
  }

  #addOpen(index: number): void {
    if (this.#open.size < CANDIDATES_MAX) this.#open.add(index);
  }

  #takeChunk(chunk: Json): void {
    if (this.#head['modelVersion'] === undefined) {
      const { modelVersion, responseId } = chunk;
      this.#head = {
        modelVersion: typeof modelVersion === 'string' ? shortText(modelVersion) : undefined,
        responseId: shortText(responseId),
      };
    }
    if ((chunk['error'] ?? null) !== null) this.#failed = true;
    const candidates = list(chunk['candidates']).map(record);
    let bytes = 0;
    for (const candidate of candidates) bytes += this.#takeCandidate(candidate);
    this.#show(bytes);
    const blocked = text(record(chunk['promptFeedback'])['blockReason']) !== '';
    if (candidates.length > 0) this.#isOver = this.#open.size === 0;
    else if (blocked) this.#isOver = true;
    addQueries(this.#queries, chunk);
    this.#takeUsage(chunk['usageMetadata']);
    this.#collector?.take(chunk);
  }

  /** Bytes that it shows. */
  #takeCandidate(candidate: Json): number {
    const index = typeof candidate['index'] === 'number' ? candidate['index'] : 0;
    if (text(candidate['finishReason']) === '') this.#addOpen(index);
    else this.#open.delete(index);
    let bytes = 0;
    for (const part of list(record(candidate['content'])['parts']).map(record)) {
      bytes += partBytes(part);
      if (text(record(part['functionCall'])['name']) !== '') this.#toolCalls += 1;
    }
    return bytes;
  }

  #takeUsage(usage: unknown): void {
    // Before the end it is one of many; with the end and after it, the last word so far.
    const isSaid = this.#isOver && (usage ?? null) !== null;
    // What is too much to be a word on usage is none.
    if (isSaid) this.#last = isSmall(usage, USAGE_VALUES_MAX) ? usage : NONSENSE;
    else if (!this.#isOver) this.#last = null;
    const told = geminiUsage(usage, 0);
    if (told === null) return;
    const total = record(usage)['totalTokenCount'];
    const output = isCount(total) ? total - told.inputTokens : told.outputTokens;
    const inputTokens = Math.max(this.#soFar?.inputTokens ?? 0, told.inputTokens);
    this.#soFar = { ...told, inputTokens, outputTokens: this.#soFar?.outputTokens ?? 0 };
    this.#grow(output);
  }

  #grow(output: number): void {
    const { outputTokens = 0 } = this.#soFar ?? {};
    if (this.#soFar !== null && output > outputTokens && isCount(output)) {
      this.#soFar = { ...this.#soFar, outputTokens: output };
    }
  }
}
