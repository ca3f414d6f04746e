/**
 * The response object of the Responses API and its output items, with members in the order of the
 * recordings. It refuses to know about events.
 */
import { Padding } from '../padding.ts';
import type { TokenPiece } from '../script-run.ts';
import type { SpeechPlan } from '../speech-plan.ts';
import type { ResponsesRequest } from './responses-request.ts';

export type ResponsesPlan = SpeechPlan & { readonly request: ResponsesRequest };

export type PlannedItem = {
  readonly kind: 'reasoning' | 'message' | 'function_call' | 'web_search_call';
  readonly id: string;
  readonly name: string;
  readonly callId: string;
  readonly pieces: readonly TokenPiece[];
};

/** The output items in order: searches, thoughts, what is said, and a call an item. */
export function plannedItems(plan: ResponsesPlan): PlannedItem[] {
  const padding = new Padding(plan.id);
  const items: { kind: PlannedItem['kind']; name: string; pieces: TokenPiece[] }[] = [];
  const open = (kind: PlannedItem['kind'], name = '') => {
    const item = { kind, name, pieces: [] as TokenPiece[] };
    items.push(item);
    return item;
  };
  for (let search = 0; search < plan.searches; search += 1) open('web_search_call');
  let item = plan.reasoningTokens > 0 ? open('reasoning') : undefined;
  for (const piece of plan.pieces) {
    if (piece.kind === 'tool-start') item = open('function_call', piece.name);
    else if (piece.kind === 'content' || piece.kind === 'refusal') {
      if (item?.kind !== 'message') item = open('message');
    }
    item?.pieces.push(piece);
  }
  if (items.length === plan.searches && plan.ending === 'stop') open('message');
  return items.map((one) => ({
    ...one,
    id: ITEM_PREFIX[one.kind] + padding.opaque(ID_CHARACTERS),
    callId: `call_${padding.opaque(CALL_ID_CHARACTERS)}`,
  }));
}

const ITEM_PREFIX = {
  reasoning: 'rs_',
  message: 'msg_',
  function_call: 'fc_',
  web_search_call: 'ws_',
};
const ID_CHARACTERS = 50;
const CALL_ID_CHARACTERS = 24;

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export const textOf = ({ pieces }: PlannedItem): string =>
  pieces.map((piece) => ('text' in piece ? piece.text : '')).join('');

export const isRefusal = ({ pieces }: PlannedItem): boolean => pieces[0]?.kind === 'refusal';

export function contentPart(item: PlannedItem, text: string): object {
  if (isRefusal(item)) return { type: 'refusal', refusal: text };
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

export function outputItem(item: PlannedItem, status: ItemStatus): object {
  const { id, kind } = item;
  const text = status === 'in_progress' ? '' : textOf(item);
  switch (kind) {
    case 'reasoning':
      return { id, type: kind, summary: text === '' ? [] : [{ type: 'summary_text', text }] };
    case 'message': {
      const content = status === 'in_progress' ? [] : [contentPart(item, text)];
      return { id, type: kind, status, content, phase: 'final_answer', role: 'assistant' };
    }
    case 'function_call':
      return { id, type: kind, status, arguments: text, call_id: item.callId, name: item.name };
    case 'web_search_call':
      return { id, type: kind, status, action: { type: 'search', query: 'salt' } };
  }
}

type ResponseStatus = 'in_progress' | 'completed' | 'incomplete' | 'failed';

export function responseObject(
  plan: ResponsesPlan,
  status: ResponseStatus,
  output: readonly object[],
  error: object | null = null,
): object {
  const { request, createdSeconds } = plan;
  const { asked } = request;
  const or = (name: string, fallback: unknown) => asked[name] ?? fallback;
  const isOver = status !== 'in_progress';
  return {
    id: plan.id,
    object: 'response',
    created_at: createdSeconds,
    status,
    background: or('background', false),
    completed_at: status === 'completed' ? createdSeconds : null,
    error,
    frequency_penalty: 0,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: or('instructions', null),
    max_output_tokens: request.ceiling,
    max_tool_calls: or('max_tool_calls', null),
    model: request.model,
    moderation: null,
    output,
    parallel_tool_calls: or('parallel_tool_calls', true),
    presence_penalty: 0,
    previous_response_id: or('previous_response_id', null),
    prompt_cache_key: or('prompt_cache_key', null),
    prompt_cache_retention: null,
    reasoning: or('reasoning', { effort: request.price.reasons ? 'medium' : null, summary: null }),
    safety_identifier: or('safety_identifier', null),
    service_tier: isOver ? request.tier : or('service_tier', 'auto'),
    store: or('store', true),
    temperature: or('temperature', 1),
    text: or('text', { format: { type: 'text' }, verbosity: 'medium' }),
    tool_choice: or('tool_choice', 'auto'),
    tools: or('tools', []),
    ...(isOver && plan.searches > 0
      ? { tool_usage: { web_search: { num_requests: plan.searches } } }
      : {}),
    top_logprobs: 0,
    top_p: or('top_p', 1),
    truncation: or('truncation', 'disabled'),
    usage: isOver && status !== 'failed' ? responsesUsage(plan) : null,
    user: or('user', null),
    metadata: or('metadata', {}),
  };
}

function responsesUsage({ tell, input, outputTokens, reasoningTokens }: ResponsesPlan): unknown {
  if (tell === undefined) return null;
  const written = input.writtenTokens > 0 ? { cache_write_tokens: input.writtenTokens } : {};
  return {
    input_tokens: tell(input.inputTokens),
    input_tokens_details: { ...written, cached_tokens: input.cachedTokens },
    output_tokens: tell(outputTokens),
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: tell(input.inputTokens + outputTokens),
  };
}
