// What of a Responses answer has come so far, item by item: so that an answer that is cut can be
// closed the way the provider closes one that ran into its ceiling. Keeps a bounded amount of it;
// of more than that it only knows that it is more.

import { type Json, record, text } from './json-value.ts';

/** Of all items together. What is longer ends without being repeated. */
export const KEPT_CHARS_MAX = 32_768;
const ITEMS_MAX = 256;
/** Items that are open at once, and what tells each of them apart. */
const OPEN_MAX = 16;
const IDENTITY_CHARS_MAX = 1_024;
const PARTS_MAX = 32;
/** So many pieces are joined to one: a string of many small ones takes many times its size. */
const PIECES_MAX = 256;

/** Text that comes in pieces. */
export class PiecedText {
  #pieces: string[] = [];
  length = 0;

  append(piece: string): void {
    this.length += piece.length;
    this.#pieces.push(piece);
    if (this.#pieces.length > PIECES_MAX) this.#pieces = [this.whole()];
  }

  whole(): string {
    return this.#pieces.join('');
  }
}

/** `said`: its text is whole, but the part is not closed yet. */
type Stage = 'open' | 'said' | 'closed';
export type Part = {
  readonly kind: 'output_text' | 'refusal' | 'reasoning_text' | 'summary_text';
  readonly at: number;
  readonly text: PiecedText;
  stage: Stage;
};
export type OpenItem = {
  readonly index: number;
  /** Who it is: the fields that never change. */
  readonly identity: Json;
  readonly parts: Part[];
  /** Arguments of a call. */
  readonly input: PiecedText;
};

const KINDS: Readonly<Record<string, Part['kind']>> = {
  'response.output_text': 'output_text',
  'response.refusal': 'refusal',
  'response.reasoning_text': 'reasoning_text',
  'response.reasoning_summary_text': 'summary_text',
};
const PART_KINDS = new Set<string>(Object.values(KINDS));
const CALL_INPUTS = new Set([
  'response.function_call_arguments.delta',
  'response.custom_tool_call_input.delta',
]);

const IDENTITY = ['id', 'type', 'role', 'phase', 'call_id', 'name', 'namespace', 'container_id'];

const identityOf = (item: Json): Json =>
  Object.fromEntries(
    IDENTITY.flatMap((field) => (typeof item[field] === 'string' ? [[field, item[field]]] : [])),
  );

const place = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;

const placeOfPart = (event: Json): number =>
  place(event['content_index'] ?? event['summary_index']) ?? 0;

export class OutputTracker {
  readonly #open = new Map<number, OpenItem>();
  /** As JSON: a text is a fraction of the objects it says. */
  readonly #done = new Map<number, string>();
  #kept = 0;
  #isPartial = false;

  /** Every event but the last one. */
  take(event: Json): void {
    const type = text(event['type']);
    const index = place(event['output_index']);
    if (index === null) return;
    if (type === 'response.output_item.added') this.#begin(index, record(event['item']));
    else if (type === 'response.output_item.done') this.#finish(index, record(event['item']));
    else {
      const item = this.#open.get(index);
      if (item === undefined) return;
      if (CALL_INPUTS.has(type)) this.append(item.input, text(event['delta']));
      else this.#takePart(item, type, event);
    }
  }

  /** More of what is never repeated, as code and the arguments of servers are not. */
  ignores(event: Json): boolean {
    const type = text(event['type']);
    const isDelta = type.endsWith('.delta') && !CALL_INPUTS.has(type);
    return isDelta && KINDS[type.slice(0, -'.delta'.length)] === undefined;
  }

  /** Where more of what is open already goes; null of an event that does anything else. */
  targetOf(event: Json): PiecedText | null {
    const type = text(event['type']);
    const index = place(event['output_index']);
    const item = index === null ? undefined : this.#open.get(index);
    if (item === undefined || !type.endsWith('.delta')) return null;
    if (CALL_INPUTS.has(type)) return item.input;
    const kind = KINDS[type.slice(0, -'.delta'.length)];
    const at = placeOfPart(event);
    const part = item.parts.find((one) => one.kind === kind && one.at === at);
    return part?.stage === 'open' ? part.text : null;
  }

  append(to: PiecedText, piece: string): void {
    if (this.#keep(piece.length)) to.append(piece);
  }

  /** An item, or a part of one, passed that was not read. */
  lose(): void {
    this.#isPartial = true;
  }

  open(): readonly OpenItem[] {
    return [...this.#open.values()];
  }

  /** Items that are finished, as they came, by their place. */
  done(): ReadonlyMap<number, Json> {
    return new Map([...this.#done].map(([index, json]) => [index, JSON.parse(json) as Json]));
  }

  /** There was more than is kept. */
  get isPartial(): boolean {
    return this.#isPartial;
  }

  #keep(chars: number): boolean {
    if (this.#kept + chars > KEPT_CHARS_MAX) this.#isPartial = true;
    else this.#kept += chars;
    return !this.#isPartial;
  }

  #begin(index: number, item: Json): void {
    const identity = identityOf(item);
    const isShort = JSON.stringify(identity).length <= IDENTITY_CHARS_MAX;
    // Open also where its text is not kept: more of it is still counted without being read.
    if (this.#open.size >= OPEN_MAX || !isShort) this.#isPartial = true;
    else this.#open.set(index, { index, identity, parts: [], input: new PiecedText() });
  }

  #finish(index: number, item: Json): void {
    const ended = this.#open.get(index);
    for (const { text: kept } of ended?.parts ?? []) this.#kept -= kept.length;
    this.#kept -= ended?.input.length ?? 0;
    this.#open.delete(index);
    const json = JSON.stringify(item);
    if (this.#done.size < ITEMS_MAX && this.#keep(json.length)) this.#done.set(index, json);
    else this.#isPartial = true;
  }

  #partOf(item: OpenItem, kind: Part['kind'], at: number): Part | null {
    const found = item.parts.find((part) => part.kind === kind && part.at === at);
    if (found !== undefined) return found;
    if (item.parts.length === PARTS_MAX) {
      this.#isPartial = true;
      return null;
    }
    const part: Part = { kind, at, text: new PiecedText(), stage: 'open' };
    item.parts.push(part);
    return part;
  }

  /** The beginning of a part, more of it, or its end. */
  #takePart(item: OpenItem, type: string, event: Json): void {
    const at = placeOfPart(event);
    const dot = type.lastIndexOf('.');
    const verb = type.slice(dot + 1);
    const spoken = KINDS[type.slice(0, dot)];
    const isPart = type.endsWith('_part.added') || type.endsWith('_part.done');
    const named = isPart ? text(record(event['part'])['type']) : '';
    const kind = spoken ?? (PART_KINDS.has(named) ? (named as Part['kind']) : null);
    const part = kind === null ? null : this.#partOf(item, kind, at);
    if (part === null) return;
    if (spoken === undefined) {
      if (verb === 'done') part.stage = 'closed';
    } else if (verb === 'delta') this.append(part.text, text(event['delta']));
    else if (part.stage === 'open') part.stage = 'said';
  }
}
