// The ceiling of calls of tools in one stream. They are counted as they appear, whatever the prompt
// says, and the one beyond the ceiling is withheld with all that follows: the answer ends before it
// as if its length had been reached, so that SDKs run what they were given and no more.

import type { Cut, EventReader } from '../../core/dialects/dialect.ts';
import type { StreamEvent } from '../../core/stream/event.ts';

/** Stands in every event that may begin a call; in a model's own text its quotes are escaped. */
const MAY_BEGIN = /"(?:tool_calls|function_?[cC]all|custom_tool_call|(?:server_|mcp_)?tool_use)"/;

/** Of Responses: these repeat what was begun before. By how they begin, which no model writes. */
const REPEATS = /^(?:event:\s?|(?:data:\s?)?\{\s?"type":\s?")response\.(?!output_item\.added)/;

/** An event too large to be read: by what there is of it. */
const mayBeginIn = (text: string): boolean => MAY_BEGIN.test(text) && !REPEATS.test(text);

export class ToolCeiling {
  readonly #callsMax: number | null;
  readonly #tokens: () => Pick<Cut, 'inputTokens' | 'outputTokens'>;
  isPassed = false;

  /** `tokens`: what an ending says was used. */
  constructor(callsMax: number | null, tokens: () => Pick<Cut, 'inputTokens' | 'outputTokens'>) {
    this.#callsMax = callsMax;
    this.#tokens = tokens;
  }

  watch(events: EventReader): EventReader {
    const callsMax = this.#callsMax;
    if (callsMax === null) return events;
    const take = events.take.bind(events);
    const takeLarge = events.takeLarge.bind(events);
    const refusesLarge = events.refusesLarge?.bind(events);
    const cut = events.cut.bind(events);
    const counted = events.toolCalls.bind(events);
    const answer = events.answer.bind(events);
    const cutHere = (): string => cut({ as: 'length', sentence: '', ...this.#tokens() });
    let ending = '';
    let passed = 0;
    let given = answer();
    /** Behind all that was seen of an event too large to be read: those have passed by then. */
    let large = 0;
    const calls = (): number => counted() + large;
    return Object.assign(events, {
      take: (event: StreamEvent) => {
        if (this.isPassed) return 'withhold';
        const before = calls();
        // How it ends before this event is known only before it is read.
        if (MAY_BEGIN.test(event.data)) {
          ending = cutHere();
          given = answer();
        }
        const verdict = take(event);
        if (calls() <= callsMax) return verdict;
        this.isPassed = true;
        passed = before;
        return 'withhold';
      },
      refusesLarge: (text: string) => {
        if (this.isPassed) return true;
        // How many more there are in what has not come yet, nobody knows.
        if (!mayBeginIn(text)) return refusesLarge?.(text) === true;
        this.isPassed = true;
        passed = calls();
        ending = cutHere();
        given = answer();
        return true;
      },
      takeLarge: (name: string, head: string, tail: string, bytes: number) => {
        const before = counted();
        takeLarge(name, head, tail, bytes);
        const text = name === '' ? head : `event: ${name}\n${head}`;
        if (counted() === before && mayBeginIn(text + tail)) large += 1;
        if (this.isPassed || calls() <= callsMax) return;
        this.isPassed = true;
        passed = calls();
        ending = cutHere();
        given = answer();
      },
      cut: (wanted: Cut) => (this.isPassed ? ending : cut(wanted)),
      toolCalls: () => (this.isPassed ? passed : calls()),
      // What a caller has of it, and may go on from.
      answer: () => (this.isPassed ? given : answer()),
    });
  }
}
