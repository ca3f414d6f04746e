// Tools by name, as the operator knows them: what their input looks like, and what a call of one
// costs beside the tokens. And what a route does with the tools and the system messages that a
// caller brings.

import * as z from 'zod';
import { count, usd } from './schema-words.ts';

export const TOOLS_MAX = 128;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

export const tool = z.strictObject({
  name: z.string().regex(NAME, 'letters, digits, _ and -, at most 64'),
  description: z.string().max(4_096).optional(),
  /** JSON Schema of its input, as providers take it. */
  parameters: z.record(z.string(), z.unknown()),
  /** Of one call, beside the tokens: whoever runs it, somebody pays for it. */
  usdPerCall: usd.optional(),
});
export type ToolSource = z.input<typeof tool>;

/**
 * `refuse`: a request that brings tools is refused. `filter`: those that are not named are left
 * out. `pinned`: the named ones are sent as the policy describes them, whatever the request says.
 * `allow`: any tool whose name is named; all of them where `names` is left out.
 */
export const routeTools = z.strictObject({
  callers: z.enum(['refuse', 'filter', 'pinned', 'allow']),
  names: z.array(z.string().regex(NAME)).max(TOOLS_MAX).optional(),
  /** A stream that calls more is ended there. */
  callsPerAnswerMax: z.int().min(0).max(1_000).optional(),
  /** Inputs that do not fit the tool's schema: noted in the record, or the answer ends there. */
  inputs: z.enum(['ignore', 'record', 'cut']).optional(),
});
export type RouteToolsSource = z.input<typeof routeTools>;

const SYSTEM_CHARS_MAX = 65_536;

/**
 * What becomes of system and developer messages of callers: `fence` sends them on as what a user
 * said. `text` stands before everything else, whatever the request says.
 */
export const system = z.strictObject({
  callers: z.enum(['allow', 'refuse', 'fence']),
  text: z.string().min(1).max(SYSTEM_CHARS_MAX).optional(),
});
export type SystemSource = z.input<typeof system>;

/**
 * An agent's loop that the caller runs: ceilings of all calls that answer one message of a user.
 */
export const loop = z.strictObject({
  stepsMax: z.int().min(1).max(1_000),
  toolCallsMax: z.int().min(0).max(10_000),
  usd: usd.optional(),
  /** From its first call; an hour unless it is said. */
  seconds: z.int().min(1).max(86_400).optional(),
});
export type LoopSource = z.input<typeof loop>;

const TURNS_MAX = 1_000;

/**
 * A route with a small schema of its own, `{ conversationId?, message }`: what goes to the provider
 * is built here, and the history is kept here.
 */
export const app = z.strictObject({
  system: z.string().min(1).max(SYSTEM_CHARS_MAX),
  messageCharsMax: count,
  /** Of what was said before: the oldest turns are left out first. */
  historyTurnsMax: z.int().min(0).max(TURNS_MAX),
  historyBytesMax: z.int().min(0).max(1_048_576),
  /** After the last message. */
  hoursMax: z.int().min(1).max(8_760).optional(),
  /** Tools of the policy that the model may call; the page is told of them. */
  tools: z.array(z.string().regex(NAME)).max(TOOLS_MAX).optional(),
  temperature: z.number().min(0).max(2).optional(),
});
export type AppSource = z.input<typeof app>;
