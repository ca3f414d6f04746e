// What of a Chat Completions request goes up, and what is forced in it, in the manners of the
// server it goes to. Nothing here is sent because the caller wrote it, only because the server's
// list has it.

import type { Narrowing } from './dialect.ts';
import type { Json } from './json-value.ts';
import type { ChatMessage } from './openai-chat-messages.ts';
import type { OpenaiChatRequest } from './openai-chat-schema.ts';
import { type CeilingKey, type Manners, MANNERS } from './openai-compatible.ts';
import { openrouterRouting } from './openrouter-routing.ts';

/** Null and an empty list say what leaving out says; strict servers take only the latter. */
const saysNothing = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** Without the marks of what to cache: writing to a cache is billed (GPT-5.6: 1.25 × the input). */
const unmarked = (part: Json): Json =>
  Object.fromEntries(Object.entries(part).filter(([key]) => key !== 'prompt_cache_breakpoint'));

function goesUp(key: string, { role }: ChatMessage, manners: Manners): boolean {
  if (key === 'name') return manners.takesNames || role === 'function';
  if (key === 'reasoning_content' || key === 'reasoning') return manners.thoughts.includes(key);
  return true;
}

function narrowedMessage(message: ChatMessage, manners: Manners): Json {
  const narrowed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(message)) {
    if (key === 'content') {
      const isParts = Array.isArray(value);
      if (value !== undefined) narrowed[key] = isParts ? (value as Json[]).map(unmarked) : value;
    } else if (!saysNothing(value) && goesUp(key, message, manners)) {
      narrowed[key] = value;
    }
  }
  return narrowed;
}

/** The key that the caller used is kept where the server knows it. */
function ceilingKeys(request: OpenaiChatRequest, { ceilings }: Manners): readonly CeilingKey[] {
  const used = ceilings.filter((key) => typeof request[key] === 'number');
  return used.length === 0 ? [ceilings[0]] : used;
}

function streamOptions(request: OpenaiChatRequest, manners: Manners): Json {
  if (request.stream !== true || manners.streamOptions === null) return {};
  const asked: Json = request.stream_options ?? {};
  const known = Object.entries(asked).filter(([key]) =>
    (manners.streamOptions as readonly string[]).includes(key),
  );
  return { stream_options: { ...Object.fromEntries(known), include_usage: true } };
}

export function narrowedChat(request: OpenaiChatRequest, narrowing: Narrowing): Json {
  const manners = MANNERS[narrowing.provider];
  const { takes, renames, callerField, keysItsCache, forced } = manners;
  const narrowed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(request)) {
    const name = renames[key] ?? key;
    if (takes.has(name) && !saysNothing(value)) narrowed[name] = value;
  }
  narrowed['messages'] = request.messages.map((message) => narrowedMessage(message, manners));
  const thoughtsMax = request.reasoning?.max_tokens;
  if (takes.has('reasoning') && thoughtsMax !== undefined) {
    const max_tokens = Math.min(thoughtsMax, narrowing.outputTokensMax);
    narrowed['reasoning'] = { ...request.reasoning, max_tokens };
  }
  for (const key of ceilingKeys(request, manners)) narrowed[key] = narrowing.outputTokensMax;
  if (callerField !== null) narrowed[callerField] = narrowing.safetyIdentifier;
  // A key names a cache of the whole account: one who may choose it can ask, by the price or the
  // time of his own call, what others have asked. So each caller has the one of his own name.
  if (keysItsCache && typeof request.prompt_cache_key === 'string') {
    narrowed['prompt_cache_key'] = narrowing.safetyIdentifier;
  }
  return {
    ...narrowed,
    ...streamOptions(request, manners),
    ...forced,
    ...openrouterRouting(narrowing),
  };
}
