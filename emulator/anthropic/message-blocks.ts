/**
 * The content blocks of a Messages answer and its usage, in Anthropic's words. It refuses to know
 * about events.
 */
import { parseObject } from '../json-record.ts';
import { Padding } from '../padding.ts';
import type { TokenPiece } from '../script-run.ts';
import type { SpeechPlan } from '../speech-plan.ts';
import type { MessagesRequest } from './messages-request.ts';

export type MessagesPlan = SpeechPlan & { readonly request: MessagesRequest };

export type PlannedBlock = {
  readonly type: 'thinking' | 'redacted_thinking' | 'text' | 'tool_use';
  readonly id: string;
  readonly name: string;
  /** A signature of thinking, or the data of what was redacted. */
  readonly sealed: string;
  readonly pieces: readonly TokenPiece[];
};

const TOOL_ID_CHARACTERS = 24;
const SEALED_CHARACTERS = 200;

export function plannedBlocks(plan: MessagesPlan): PlannedBlock[] {
  const padding = new Padding(plan.id);
  const blocks: { type: PlannedBlock['type']; name: string; pieces: TokenPiece[] }[] = [];
  const open = (type: PlannedBlock['type'], name = '') => {
    const block = { type, name, pieces: [] as TokenPiece[] };
    blocks.push(block);
    return block;
  };
  let block: ReturnType<typeof open> | undefined;
  const isSeen = plan.pieces[0]?.kind === 'thinking';
  if (plan.hiddenTokens > 0 && !isSeen) {
    block = open(plan.request.hidesThinking ? 'thinking' : 'redacted_thinking');
  }
  for (const piece of plan.pieces) {
    if (piece.kind === 'tool-start') block = open('tool_use', piece.name);
    else if (piece.kind === 'thinking' && block?.type !== 'thinking') block = open('thinking');
    else if (piece.kind === 'content' && block?.type !== 'text') block = open('text');
    block?.pieces.push(piece);
  }
  return blocks.map((one) => ({
    ...one,
    id: `toolu_01${padding.opaque(TOOL_ID_CHARACTERS - 2)}`,
    sealed: padding.opaque(SEALED_CHARACTERS),
  }));
}

export const textOf = ({ pieces }: PlannedBlock): string =>
  pieces.map((piece) => ('text' in piece ? piece.text : '')).join('');

/** As content_block_start opens it: everything empty but what never comes in deltas. */
export function openedBlock({ type, id, name, sealed }: PlannedBlock): object {
  switch (type) {
    case 'thinking':
      return { type, thinking: '', signature: '' };
    case 'redacted_thinking':
      return { type, data: sealed };
    case 'text':
      return { type, text: '' };
    case 'tool_use':
      return { type, id, name, input: {}, caller: { type: 'direct' } };
  }
}

export function wholeBlock(block: PlannedBlock): object {
  const opened = openedBlock(block);
  const text = textOf(block);
  switch (block.type) {
    case 'thinking':
      return { ...opened, thinking: text, signature: block.sealed };
    case 'redacted_thinking':
      return opened;
    case 'text':
      return { ...opened, text };
    case 'tool_use':
      // Cut at the ceiling, what there is of the arguments is no JSON.
      return { ...opened, input: parseObject(text) ?? {} };
  }
}

export function ended(plan: MessagesPlan): object {
  const reasons = { stop: 'end_turn', length: 'max_tokens', tools: 'tool_use', refusal: 'refusal' };
  const stop = { stop_reason: reasons[plan.ending], stop_sequence: null };
  if (plan.ending !== 'refusal') return { ...stop, stop_details: null };
  const details = { type: 'refusal', category: null, explanation: plan.refusal ?? null };
  return { ...stop, stop_details: details };
}

/** What the input was, known from the start. `input_tokens` leaves the cache out. */
function inputUsage({ input, tell }: MessagesPlan): object {
  const { inputTokens, cachedTokens, writtenTokens, writtenHourTokens } = input;
  const written = writtenTokens + writtenHourTokens;
  const plainTokens = inputTokens - cachedTokens - written;
  return {
    input_tokens: tell?.(plainTokens),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cachedTokens,
  };
}

const lifetimes = ({ input }: MessagesPlan): object => ({
  cache_creation: {
    ephemeral_5m_input_tokens: input.writtenTokens,
    ephemeral_1h_input_tokens: input.writtenHourTokens,
  },
});

const searchUsage = ({ searches }: MessagesPlan): object =>
  searches > 0 ? { server_tool_use: { web_search_requests: searches } } : {};

const SERVICE = { service_tier: 'standard', inference_geo: 'not_available' };

/** Undefined where no usage is told. */
export function startUsage(plan: MessagesPlan): object | undefined {
  if (plan.tell === undefined) return undefined;
  return { ...inputUsage(plan), ...lifetimes(plan), output_tokens: plan.tell(1), ...SERVICE };
}

/** Cumulative: it stands for the whole answer. */
export function deltaUsage(plan: MessagesPlan): object | undefined {
  if (plan.tell === undefined) return undefined;
  const outputTokens = plan.tell(plan.outputTokens);
  return { ...inputUsage(plan), output_tokens: outputTokens, ...searchUsage(plan) };
}

export function wholeUsage(plan: MessagesPlan): object | undefined {
  if (plan.tell === undefined) return undefined;
  const outputTokens = plan.tell(plan.outputTokens);
  const output = { output_tokens: outputTokens, ...searchUsage(plan) };
  return { ...inputUsage(plan), ...lifetimes(plan), ...output, ...SERVICE };
}
