// An agent's loop that a caller runs, recognised by what it sends: every call that goes on from the
// same message of a user is a step of one run, whatever its headers say. The run is named by the
// history up to that message. What providers ignore or SDKs leave out does not make another one:
// to take two histories for one is never to a caller's advantage.

import type { Call, LoopCall } from '../call.ts';
import type { Ask } from '../dialects/dialect.ts';
import { type Json, record } from '../dialects/json-value.ts';
import type { LoopShape } from '../dialects/loop.ts';
import type { Limit } from '../ledger/account.ts';
import type { AccountAsk, PrincipalCounter } from '../ledger/messages.ts';
import type { Unit } from '../ledger/unit.ts';
import type { Loop, Route } from '../policy/policy.ts';
import { sha256Base64Url } from '../proof/sha256.ts';

const PREFIX = 'loop:';

export const isLoop = (principal: string): boolean => principal.startsWith(PREFIX);

/** Names and marks, and what was thought: SDKs change or leave out all of it between two steps. */
const UNSAID = new Set([
  'id',
  'call_id',
  'tool_call_id',
  'tool_use_id',
  'status',
  'phase',
  'caller',
  'cache_control',
  'prompt_cache_breakpoint',
  'citations',
  'annotations',
  'logprobs',
  'reasoning',
  'reasoning_content',
  'thoughtSignature',
]);
const THOUGHTS = new Set<unknown>(['thinking', 'redacted_thinking', 'reasoning']);

function foldedList(items: readonly unknown[]): unknown {
  const parts: unknown[] = [];
  for (const item of items) {
    const part = folded(item);
    const last = parts.at(-1);
    if (part === undefined) continue;
    if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part;
    else parts.push(part);
  }
  // A text, and a list of one text, say the same.
  return parts.length === 1 && typeof parts[0] === 'string' ? parts[0] : parts;
}

/** Undefined where nothing is said. */
function folded(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : foldedList(value);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const json = value as Json;
  if (THOUGHTS.has(json['type']) || json['thought'] === true) return undefined;
  if (typeof json['text'] === 'string') return json['text'];
  return Object.keys(json)
    .filter((key) => !UNSAID.has(key) && !(key === 'type' && json[key] === 'message'))
    .toSorted()
    .flatMap((key) => {
      const member = folded(json[key]);
      return member === undefined ? [] : [[key, member]];
    });
}

type Reading = Pick<LoopCall, 'beginning' | 'isContinuation'>;

/**
 * `beginning`: the hash of all up to the last message of a user. Instructions are not in it, unless
 * there is nothing else: they may be written anew for every step.
 */
export function readLoop(body: Json, shape: LoopShape): Reading {
  const items = shape.items(body).map(record);
  const speakers = items.map((item) => shape.speakerOf(item));
  const asks = speakers.lastIndexOf('user');
  const end = asks < 0 ? speakers.lastIndexOf('system') : asks;
  const said = items.slice(0, end + 1).filter((_, at) => asks < 0 || speakers[at] !== 'system');
  return {
    beginning: sha256Base64Url(JSON.stringify([folded(said)])),
    isContinuation: speakers.includes('tool', end + 1),
  };
}

/** Of a call on a route whose loops are counted; null of any other, and of what is free. */
export function loopCallOf({ loop, dialect }: Route, ask: Ask): LoopCall | null {
  if (loop === null || dialect.loop === undefined || ask.isFree) return null;
  const reading = readLoop(ask.body, dialect.loop);
  return { ...reading, mustExist: reading.isContinuation };
}

const limit = (unit: Unit, cap: number): Limit => ({ window: 'run', unit, cap });

const limitsOf = ({ nanoUsd, stepsMax, toolCallsMax }: Loop): readonly Limit[] => [
  ...(nanoUsd === null ? [] : [limit('nanoUsd', nanoUsd)]),
  limit('agentSteps', stepsMax),
  limit('toolCalls', toolCallsMax),
];

/** The run's account, beside the account of whoever runs the loop: nobody else can name it. */
export function loopAsk(call: Pick<Call, 'loop' | 'route'>, primary: string): AccountAsk | null {
  const { loop, route } = call;
  if (loop === null || route.loop === null) return null;
  const name = sha256Base64Url(JSON.stringify([primary, route.id, loop.beginning]));
  return {
    principal: `${PREFIX}${name}`,
    limits: limitsOf(route.loop),
    root: null,
    run: { mustExist: loop.mustExist, msMax: route.loop.seconds * 1_000 },
  };
}

/** Where a run stood when this step was taken, the step's own hold included. */
export type LoopFacts = {
  readonly id: string;
  readonly step: number;
  readonly toolCalls: number;
  readonly left: { readonly steps: number; readonly toolCalls: number; readonly nanoUsd?: number };
};

/** From the run's counters after the hold; null where this is no step of a run. */
export function loopFacts(counters: readonly PrincipalCounter[]): LoopFacts | null {
  const own = counters.filter(({ principal }) => isLoop(principal));
  const of = (unit: Unit) => own.find((counter) => counter.unit === unit);
  const [steps, calls, money] = [of('agentSteps'), of('toolCalls'), of('nanoUsd')];
  if (steps === undefined || calls === undefined) return null;
  const left = ({ cap, used, held }: PrincipalCounter) => Math.max(0, cap - used - held);
  return {
    id: steps.principal.slice(PREFIX.length),
    step: steps.used + steps.held,
    toolCalls: calls.used,
    left: {
      steps: left(steps),
      toolCalls: left(calls),
      ...(money === undefined ? {} : { nanoUsd: left(money) }),
    },
  };
}
