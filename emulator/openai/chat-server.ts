/**
 * Where the servers that speak Chat Completions differ on the wire: member order, where usage is,
 * what thinking is called, how a stream breaks. It refuses to decide what is said.
 */
import type { ProviderName } from '../prices.ts';
import type { SpeechPlan } from '../speech-plan.ts';
import type { ChatRequest } from './chat-request.ts';

export type ChatServer = {
  readonly id: ProviderName;
  readonly paths: readonly string[];
  readonly idPrefix: string;
  readonly contentType: string;
  /** Comments before the first event. */
  readonly comments: string;
  readonly showsThinking: boolean;
  readonly roleDelta: (plan: ChatPlan) => Readonly<Record<string, unknown>>;
  readonly textDelta: (kind: 'thinking' | 'content' | 'refusal', text: string) => object;
  readonly finishDelta: object;
  /** The members of a chunk before `choices`. */
  readonly headOf: (plan: ChatPlan) => object;
  /** The members of a choice after its delta. */
  readonly choiceTail: (finish: string | null) => object;
  /** The members after `choices`, of the first, the usual and the last chunk with a choice. */
  readonly tailOf: (plan: ChatPlan, place: 'first' | 'usual' | 'last') => object;
  /** A chunk of its own for usage, or none where it came with the last choice. */
  readonly usageChunk: (plan: ChatPlan) => object | undefined;
  readonly usageOf: (plan: ChatPlan) => object | undefined;
  /** What a stream that breaks sends, with or without [DONE]. */
  readonly breakOff: (plan: ChatPlan) => string;
};

export type ChatPlan = SpeechPlan & { readonly chat: ChatRequest };

export const finishReason = ({ ending, chat }: ChatPlan): string => {
  if (ending === 'tools') return chat.isLegacyFunctions ? 'function_call' : 'tool_calls';
  return ending === 'length' ? 'length' : 'stop';
};

/** OpenAI's usage: reasoning is part of the completion. */
export function chatUsage(plan: ChatPlan): object | undefined {
  const { tell, input, outputTokens, reasoningTokens } = plan;
  if (tell === undefined) return undefined;
  const written = input.writtenTokens > 0 ? { cache_write_tokens: input.writtenTokens } : {};
  return {
    prompt_tokens: tell(input.inputTokens),
    completion_tokens: tell(outputTokens),
    total_tokens: tell(input.inputTokens + outputTokens),
    prompt_tokens_details: { cached_tokens: input.cachedTokens, ...written, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

const SYSTEM_FINGERPRINT = 'fp_5ca1e0b5e7';
export const DONE = 'data: [DONE]\n\n';

export const chunkHead = ({ id, createdSeconds, chat }: ChatPlan): object => ({
  id,
  object: 'chat.completion.chunk',
  created: createdSeconds,
  model: chat.model,
});

/** Only where usage was asked for, and it is told: `null` on every chunk. */
const wantsUsage = (plan: ChatPlan): boolean => plan.chat.includeUsage && plan.tell !== undefined;

export const breakWith = (error: object): string => `data: ${JSON.stringify({ error })}\n\n`;

export const BREAK = breakWith({
  message: 'The server had an error while processing your request. Sorry about that!',
  type: 'server_error',
  param: null,
  code: null,
});

export const OPENAI_CHAT: ChatServer = {
  id: 'openai',
  paths: ['/v1/chat/completions'],
  idPrefix: 'chatcmpl-',
  contentType: 'text/event-stream; charset=utf-8',
  comments: '',
  showsThinking: false,
  roleDelta: ({ pieces: [first] }) => {
    const spoken = { role: 'assistant', content: null as string | null, refusal: null };
    if (first?.kind === 'refusal') return { ...spoken, refusal: '' };
    return { ...spoken, content: first === undefined || first.kind === 'content' ? '' : null };
  },
  textDelta: (kind, text) => ({ [kind]: text }),
  finishDelta: {},
  headOf: (plan) => ({
    ...chunkHead(plan),
    service_tier: plan.chat.tier,
    system_fingerprint: SYSTEM_FINGERPRINT,
  }),
  choiceTail: (finish) => ({ logprobs: null, finish_reason: finish }),
  tailOf: (plan) => (wantsUsage(plan) ? { usage: null } : {}),
  usageChunk: (plan) => (wantsUsage(plan) ? { choices: [], usage: chatUsage(plan) } : undefined),
  usageOf: chatUsage,
  breakOff: () => BREAK,
};
