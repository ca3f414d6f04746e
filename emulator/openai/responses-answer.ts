/**
 * Writes a Responses answer, as events or whole. Every event has its `event:` line and a sequence
 * number; there is no [DONE]. It refuses to know about sockets, pace, faults or money.
 */
import { chunkFrame, hiddenFrames, plainFrame, wholeFrames } from '../answer-frame.ts';
import type { Answer, AnswerFrame, Frames } from '../answer-frame.ts';
import { Padding } from '../padding.ts';
import { contentPart, isRefusal, outputItem, plannedItems } from './responses-object.ts';
import { responseObject, textOf } from './responses-object.ts';
import type { ItemStatus, PlannedItem, ResponsesPlan } from './responses-object.ts';

export function responsesAnswer(plan: ResponsesPlan): Answer {
  const { hiddenTokens, pieces, outputTokens, request } = plan;
  const ticks = { hidden: hiddenTokens, visible: pieces.length, tokensEach: 1 };
  return {
    status: 200,
    contentType: request.stream ? 'text/event-stream; charset=utf-8' : 'application/json',
    isStream: request.stream,
    frames: request.stream ? new EventWriter(plan).frames() : wholeFrames(ticks, () => body(plan)),
    chunkCount: pieces.length,
    outputTokens,
  };
}

/** OpenAI indents its JSON answers here. */
function body(plan: ResponsesPlan): string {
  return `${JSON.stringify(finalResponse(plan, plannedItems(plan)), null, 2)}\n`;
}

function finalResponse(plan: ResponsesPlan, items: readonly PlannedItem[]): object {
  const output = items.map((item, index) =>
    outputItem(item, endStatus(plan, index === items.length - 1)),
  );
  return responseObject(plan, plan.ending === 'length' ? 'incomplete' : 'completed', output);
}

const endStatus = (plan: ResponsesPlan, isLast: boolean): ItemStatus =>
  plan.ending === 'length' && isLast ? 'incomplete' : 'completed';

const FAILURE = {
  code: 'server_error',
  message: 'An error occurred while processing your request. You can retry your request.',
};

class EventWriter {
  readonly #plan: ResponsesPlan;
  readonly #padding: Padding;
  readonly #items: readonly PlannedItem[];
  #sequence = 0;

  constructor(plan: ResponsesPlan) {
    this.#plan = plan;
    this.#padding = new Padding(plan.id);
    this.#items = plannedItems(plan);
  }

  *frames(): Frames {
    const plan = this.#plan;
    const opened = responseObject(plan, 'in_progress', []);
    yield this.#plain('response.created', { response: opened });
    yield this.#plain('response.in_progress', { response: opened });
    if (this.#items[plan.searches]?.kind !== 'reasoning') {
      yield* hiddenFrames(plan.hiddenTokens, 1);
    }
    for (const [index, item] of this.#items.entries()) {
      const isLast = index === this.#items.length - 1;
      const shared = { output_index: index };
      yield this.#plain('response.output_item.added', {
        item: outputItem(item, 'in_progress'),
        ...shared,
      });
      if (item.kind === 'reasoning') yield* hiddenFrames(plan.hiddenTokens, 1);
      yield* this.#itemFrames(item, index, isLast && plan.breaks !== false);
      if (isLast && plan.breaks !== false) break;
      const done = outputItem(item, endStatus(plan, isLast));
      yield this.#plain('response.output_item.done', { item: done, ...shared });
    }
    if (plan.breaks !== false) return yield* this.#broken(plan.breaks);
    const type = plan.ending === 'length' ? 'response.incomplete' : 'response.completed';
    yield this.#plain(type, { response: finalResponse(plan, this.#items) });
  }

  *#itemFrames(item: PlannedItem, index: number, isBroken: boolean): Frames {
    const at = { item_id: item.id, output_index: index };
    switch (item.kind) {
      case 'message':
        return yield* this.#messageFrames(item, at, isBroken);
      case 'reasoning':
        return yield* this.#summaryFrames(item, at, isBroken);
      case 'function_call':
        return yield* this.#callFrames(item, at, isBroken);
      case 'web_search_call':
        yield this.#plain('response.web_search_call.in_progress', at);
        yield this.#plain('response.web_search_call.searching', at);
        yield this.#plain('response.web_search_call.completed', at);
    }
  }

  *#messageFrames(item: PlannedItem, at: At, isBroken: boolean): Frames {
    const place = { content_index: 0, ...at };
    const { item_id: itemId, output_index: outputIndex } = at;
    const kind = isRefusal(item) ? 'refusal' : 'output_text';
    const logprobs = kind === 'output_text' ? { logprobs: [] } : {};
    yield this.#plain('response.content_part.added', { ...place, part: contentPart(item, '') });
    for (const piece of item.pieces) {
      const delta = 'text' in piece ? piece.text : '';
      yield this.#chunk(`response.${kind}.delta`, {
        content_index: 0,
        delta,
        item_id: itemId,
        ...logprobs,
        ...this.#obfuscation(),
        output_index: outputIndex,
      });
    }
    if (isBroken) return;
    const text = textOf(item);
    const said = kind === 'refusal' ? { refusal: text } : { text };
    const where = { content_index: 0, item_id: itemId, ...logprobs, output_index: outputIndex };
    yield this.#plain(`response.${kind}.done`, where, said);
    yield this.#plain('response.content_part.done', { ...place, part: contentPart(item, text) });
  }

  *#summaryFrames(item: PlannedItem, at: At, isBroken: boolean): Frames {
    if (item.pieces.length === 0) return;
    const summary = { summary_index: 0 };
    const part = (text: string) => ({ part: { type: 'summary_text', text } });
    yield this.#plain('response.reasoning_summary_part.added', { ...at, ...part('') }, summary);
    for (const piece of item.pieces) {
      const delta = 'text' in piece ? piece.text : '';
      const event = { delta, item_id: at.item_id, ...this.#obfuscation() };
      yield this.#chunk(
        'response.reasoning_summary_text.delta',
        { ...event, output_index: at.output_index },
        summary,
      );
    }
    if (isBroken) return;
    const text = textOf(item);
    yield this.#plain('response.reasoning_summary_text.done', at, { ...summary, text });
    yield this.#plain('response.reasoning_summary_part.done', { ...at, ...part(text) }, summary);
  }

  /** The opening is a token too: its frame is the first piece, written as an empty delta. */
  *#callFrames(item: PlannedItem, at: At, isBroken: boolean): Frames {
    const type = 'response.function_call_arguments';
    for (const piece of item.pieces) {
      const delta = 'text' in piece ? piece.text : '';
      const { item_id: itemId, output_index: outputIndex } = at;
      yield this.#chunk(`${type}.delta`, {
        delta,
        item_id: itemId,
        ...this.#obfuscation(),
        output_index: outputIndex,
      });
    }
    if (isBroken) return;
    yield this.#plain(`${type}.done`, { arguments: textOf(item), ...at });
  }

  /** Recorded: an error with its members inside, then response.failed. Documented: flat, alone. */
  *#broken(shape: boolean | 'flat'): Frames {
    if (shape === 'flat') return yield this.#plain('error', { ...FAILURE, param: null });
    yield this.#plain('error', { error: { type: 'server_error', ...FAILURE, param: null } });
    const failed = responseObject(this.#plan, 'failed', [], FAILURE);
    yield this.#plain('response.failed', { response: failed });
  }

  #obfuscation(): { obfuscation?: string } {
    return this.#plan.request.obfuscates ? { obfuscation: this.#padding.letters() } : {};
  }

  #plain(type: string, members: object, after: object = {}): AnswerFrame {
    return plainFrame(this.#event(type, members, after));
  }

  #chunk(type: string, members: object, after: object = {}): AnswerFrame {
    return chunkFrame(this.#event(type, members, after));
  }

  #event(type: string, members: object, after: object): string {
    const event = { type, ...members, sequence_number: this.#sequence, ...after };
    this.#sequence += 1;
    return `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
  }
}

type At = { readonly item_id: string; readonly output_index: number };
