// Reads what an app's own route streams to `useChat`: the chunks of the AI SDK 5 to 7 in
// server-sent events, or the lines of its version 4. It counts what shows, remembers what is open,
// and can end both validly.

import { utf8 } from '../bytes.ts';
import type { Usage } from '../pricing/usage.ts';
import type { PlainEvents } from '../stream/event.ts';
import { ANSWER_CHARS_MAX } from './openai-chat-answer.ts';
import { uiUsage, uiUsageOfLine } from './ai-sdk-ui-usage.ts';
import type { CollectedAnswer, Cut, EventReader, StreamOptions } from './dialect.ts';
import { type Json, parseRecord, record, text } from './json-value.ts';

/** Parts that are open at once; of more of them only the first are closed by us. */
const OPEN_MAX = 256;

/** A longer id is not remembered: what is kept of a stream is small, whatever it sends. */
const ID_CHARS_MAX = 128;

const DELTAS = ['text-delta', 'reasoning-delta', 'tool-input-delta'];

const bytesOf = (value: unknown): number =>
  value === undefined ? 0 : utf8(typeof value === 'string' ? value : JSON.stringify(value)).length;

const parse = (json: string): unknown => {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return null;
  }
};

/** The text of an answer, piece by piece, up to a limit. */
function textCollector() {
  const pieces: string[] = [];
  let chars = 0;
  return {
    take(piece: string): void {
      chars += piece.length;
      if (piece !== '' && chars <= ANSWER_CHARS_MAX) pieces.push(piece);
    },
    answer: (): CollectedAnswer | null =>
      pieces.length === 0 || chars > ANSWER_CHARS_MAX
        ? null
        : { whole: pieces.join(''), head: '', pieces },
  };
}

class UiState {
  usage: Usage | null = null;
  visibleBytes = 0;
  events = 0;
  toolCalls = 0;
  isDone = false;
  hasFailed = false;
  isStepOpen = false;
  isLines = false;
  /** Of parts that have begun and not ended: `text` or `reasoning` by their ids. */
  readonly open = new Map<string, string>();
  readonly #called = new Set<string>();
  readonly #collector: ReturnType<typeof textCollector> | null;

  constructor(collectAnswer: boolean) {
    this.#collector = collectAnswer ? textCollector() : null;
  }

  answer(): CollectedAnswer | null {
    return this.#collector?.answer() ?? null;
  }

  showBytes(bytes: number): void {
    this.visibleBytes += bytes;
    if (bytes > 0) this.events += 1;
  }

  #show(value: unknown): void {
    this.showBytes(bytesOf(value));
  }

  /** A call counts once, when its input begins or comes at once. */
  #call(id: string): void {
    if (this.#called.has(id)) return;
    if (this.#called.size < OPEN_MAX && id.length <= ID_CHARS_MAX) this.#called.add(id);
    this.toolCalls += 1;
  }

  /** A chunk of versions 5 to 7. */
  chunk(chunk: Json): void {
    const type = text(chunk['type']);
    const kind = type.slice(0, type.lastIndexOf('-'));
    const id = text(chunk['id']);
    if (type === 'start-step') this.isStepOpen = true;
    if (type === 'finish-step' || type === 'finish') this.isStepOpen = false;
    if (type === 'text-start' || type === 'reasoning-start') {
      const isKept = this.open.size < OPEN_MAX && id.length <= ID_CHARS_MAX;
      if (isKept) this.open.set(`${kind} ${id}`, kind);
    }
    if (type === 'text-end' || type === 'reasoning-end') this.open.delete(`${kind} ${id}`);
    if (DELTAS.includes(type)) this.#show(chunk['delta'] ?? chunk['inputTextDelta']);
    if (type === 'text-delta') this.#collector?.take(text(chunk['delta']));
    if (type === 'tool-input-start') this.#call(text(chunk['toolCallId']));
    if (type === 'tool-input-available' || type === 'tool-input-error') {
      const called = text(chunk['toolCallId']);
      if (!this.#called.has(called)) this.#show(chunk['input']);
      this.#call(called);
    }
    if (type === 'error' || type === 'abort') this.hasFailed = true;
    if (type === 'finish') this.isDone = true;
    const { messageMetadata } = chunk;
    // The last word wins, also where it is nonsense: then nothing is known.
    const said = record(messageMetadata)['usage'];
    if (said !== undefined) this.usage = uiUsage(said);
  }

  /** A line of version 4, by its letter. */
  line(letter: string, data: string): void {
    this.isLines = true;
    const value = parse(data);
    if (letter === 'f') this.isStepOpen = true;
    if (letter === '0' || letter === 'g') this.#show(value);
    if (letter === '0') this.#collector?.take(text(value));
    if (letter === 'c') this.#show(record(value)['argsTextDelta']);
    if (letter === 'b') this.#call(text(record(value)['toolCallId']));
    if (letter === '9') {
      const called = text(record(value)['toolCallId']);
      if (!this.#called.has(called)) this.#show(record(value)['args']);
      this.#call(called);
    }
    if (letter === '3') this.hasFailed = true;
    if (letter === 'e') this.isStepOpen = false;
    if (letter !== 'd') return;
    this.usage = uiUsageOfLine(record(value)['usage']);
    this.isDone = true;
  }
}

const event = (chunk: object | string): string =>
  `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`;

function endOfChunks(state: UiState, cut: Cut): string {
  const parts = [...state.open].map(([key, kind]) =>
    event({ type: `${kind}-end`, id: key.slice(kind.length + 1) }),
  );
  const step = state.isStepOpen ? event({ type: 'finish-step' }) : '';
  const end =
    cut.as === 'error'
      ? event({ type: 'error', errorText: cut.sentence })
      : `${step}${event({ type: 'finish', finishReason: 'length' })}`;
  return `${parts.join('')}${end}${event('[DONE]')}`;
}

function endOfLines(state: UiState, cut: Cut): string {
  const usage = { promptTokens: cut.inputTokens, completionTokens: cut.outputTokens };
  const finishReason = cut.as === 'error' ? 'error' : 'length';
  const failure = cut.as === 'error' ? `3:${JSON.stringify(cut.sentence)}\n` : '';
  const step = state.isStepOpen
    ? `e:${JSON.stringify({ finishReason, usage, isContinued: false })}\n`
    : '';
  return `${failure}${step}d:${JSON.stringify({ finishReason, usage })}\n`;
}

export function uiEvents({ collectAnswer }: StreamOptions): EventReader {
  const state = new UiState(collectAnswer);
  const plain: PlainEvents = {
    shown: ['delta', 'inputTextDelta'],
    varying: [],
    weigh({ data }) {
      const chunk = parseRecord(data) ?? {};
      const isDelta =
        DELTAS.includes(text(chunk['type'])) && chunk['messageMetadata'] === undefined;
      const delta = chunk['delta'] ?? chunk['inputTextDelta'];
      return isDelta && typeof delta === 'string' ? bytesOf(delta) : null;
    },
    counter: () => (bytes) => {
      state.showBytes(bytes);
    },
  };
  return {
    // Who collects the answer needs every text of it.
    ...(collectAnswer ? {} : { plain }),
    take({ event: name, data }) {
      if (/^[0-9a-z]$/.test(name)) state.line(name, data);
      else if (data === '[DONE]') state.isDone = true;
      else state.chunk(parseRecord(data) ?? {});
      return 'pass';
    },
    takeLarge(_name, _head, _tail, bytes) {
      state.visibleBytes += bytes;
    },
    cut(cut) {
      if (state.isDone || state.hasFailed) return '';
      return state.isLines ? endOfLines(state, cut) : endOfChunks(state, cut);
    },
    usage: () => state.usage,
    visibleBytes: () => state.visibleBytes,
    events: () => state.events,
    toolCalls: () => state.toolCalls,
    finished: () => state.isDone && !state.hasFailed,
    answer: () => state.answer(),
  };
}
