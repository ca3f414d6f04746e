// Looks at the calls of tools in a stream as they come: which tools, and whether what they are
// given fits what the policy says they take. A call is judged when its input is whole, before the
// event that makes it whole has passed; from one that does not fit on, nothing passes where the
// route says so. What it keeps of a call has a limit, and what is beyond it does not fit.

import type { Anatomy, ToolPiece } from '../dialects/anatomy.ts';
import type { CalledTools, EventReader } from '../dialects/dialect.ts';
import { parseRecord } from '../dialects/json-value.ts';
import type { Route, RouteTools } from '../policy/policy.ts';
import type { StreamEvent } from '../stream/event.ts';
import { checkInputs, INVALID_MAX } from './check-inputs.ts';
import { WatchedCall } from './watched-call.ts';

/** Calls that are told apart, open or done. */
const CALLS_MAX = 1_024;
/** In an event too large to be read: a call. A model's own text has its quotes escaped. */
const LARGE_CALL =
  /"(?:tool_calls|function_call|functionCall|input_json_delta|argsTextDelta|args)"/;
/**
 * The last event of a Responses stream repeats what was looked at piece by piece. By how it begins,
 * which no model writes.
 */
const LARGE_ENDING =
  /^(?:event:\s?|(?:data:\s?)?\{\s?"type":\s?")response\.(?:completed|incomplete|failed)/;

const isLargeCall = (text: string): boolean => LARGE_CALL.test(text) && !LARGE_ENDING.test(text);

export class ToolWatch {
  readonly #rule: RouteTools;
  readonly #anatomy: Anatomy;
  readonly #calls = new Map<string, WatchedCall>();
  readonly #times = new Map<string, number>();
  readonly #invalid: string[] = [];
  #checked = 0;
  #refused: CalledTools['refused'] = null;

  constructor(rule: RouteTools, anatomy: Anatomy) {
    this.#rule = rule;
    this.#anatomy = anatomy;
  }

  /** Every event is read: what is counted unread would be the pieces of an input. */
  watch(events: EventReader): EventReader {
    const take = events.take.bind(events);
    const takeLarge = events.takeLarge.bind(events);
    Reflect.deleteProperty(events, 'plain');
    return Object.assign(events, {
      take: (event: StreamEvent) => (this.#passes(event) ? take(event) : 'withhold'),
      refusesLarge: (text: string) => {
        if (this.#rule.inputs === 'cut' && isLargeCall(text)) this.#fails('');
        return this.#refused !== null;
      },
      takeLarge: (event: string, head: string, tail: string, bytes: number) => {
        const name = event === '' ? '' : `event: ${event}\n`;
        if (isLargeCall(`${name}${head}${tail}`)) this.#fails('');
        takeLarge(event, head, tail, bytes);
      },
      calledTools: () => this.seen(),
    });
  }

  seen(): CalledTools {
    return {
      times: this.#times,
      inputs: { checked: this.#checked, invalid: this.#invalid },
      refused: this.#refused,
    };
  }

  #passes({ data }: StreamEvent): boolean {
    const event = this.#refused === null ? parseRecord(data) : null;
    if (event !== null) for (const piece of this.#anatomy.pieces(event)) this.#take(piece);
    return this.#refused === null;
  }

  #take(piece: ToolPiece): void {
    const { at, more = '', whole, isLast = false } = piece;
    const call = this.#callOf(piece);
    if (call?.isOver === false) {
      if (whole !== undefined) this.#judge(call, whole);
      // Clients call as soon as they can read it.
      else if (this.#rule.known.has(call.name) && call.append(more)) this.#judge(call);
    }
    if (!isLast) return;
    for (const [place, open] of this.#calls) {
      const isMeant = place === at || (at.endsWith(':') && place.startsWith(at));
      if (isMeant && !open.isOver) this.#judge(open);
    }
  }

  /** The call that the piece is of: one that begins with it, or one that is known. */
  #callOf({ at, id = '', name = '', more = '', whole }: ToolPiece): WatchedCall | null {
    const known = at === '' ? undefined : this.#calls.get(at);
    const isOther =
      known !== undefined &&
      // Where there are no ids, one that can be read already has no more pieces.
      (id === ''
        ? whole === undefined && (name !== known.name || (known.isOver && more !== ''))
        : id !== known.id);
    if (name === '' || (known !== undefined && !isOther)) return known ?? null;
    const isRoom = this.#calls.size < CALLS_MAX && this.#times.size < CALLS_MAX;
    const counted = isRoom || this.#times.has(name) ? name : '';
    this.#times.set(counted, (this.#times.get(counted) ?? 0) + 1);
    // The one that stood there before begins nothing any more.
    if (known?.isOver === false) this.#judge(known);
    const call = new WatchedCall(name, id);
    if (isRoom && at !== '') this.#calls.set(at, call);
    else if (at !== '') this.#fails(name);
    return call;
  }

  /** `input`: where it came whole. */
  #judge(call: WatchedCall, whole?: unknown): void {
    const written = call.take();
    const input = whole === undefined ? written : whole;
    const { checked, invalid } = checkInputs([{ name: call.name, input }], this.#rule.known);
    this.#checked += checked;
    if (invalid.length > 0) this.#fails(call.name);
  }

  #fails(name: string): void {
    if (this.#invalid.length < INVALID_MAX) this.#invalid.push(name.slice(0, 64));
    if (this.#rule.inputs === 'cut') this.#refused ??= 'cut-inputs';
  }
}

/** The reader of a stream, watched where somebody wants to know what it calls. */
export function watchTools(route: Route, events: EventReader): EventReader {
  const { tools, dialect } = route;
  if (tools === null || dialect.anatomy === undefined || !isWatched(tools)) return events;
  return new ToolWatch(tools, dialect.anatomy).watch(events);
}

/** Somebody wants to know which tools a call of this route calls, or with what. */
export const isWatched = ({ inputs = 'ignore', known }: RouteTools): boolean =>
  inputs !== 'ignore' || [...known.values()].some(({ nanoUsdPerCall }) => nanoUsdPerCall > 0);
