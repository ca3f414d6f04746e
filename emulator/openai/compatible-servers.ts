/**
 * OpenRouter, Groq, DeepSeek, Mistral and xAI, as their recordings and documents write Chat
 * Completions. Each is OpenAI's grammar with what is its own named; none of them is complete.
 */
import { breakWith, chatUsage, chunkHead, DONE, OPENAI_CHAT } from './chat-server.ts';
import type { ChatPlan, ChatServer } from './chat-server.ts';

const EVENT_STREAM = 'text/event-stream';

const OPENROUTER: ChatServer = {
  ...OPENAI_CHAT,
  id: 'openrouter',
  paths: ['/openrouter/v1/chat/completions', '/openrouter/api/v1/chat/completions'],
  idPrefix: 'gen-',
  contentType: EVENT_STREAM,
  comments: ': OPENROUTER PROCESSING\n\n'.repeat(2),
  showsThinking: true,
  roleDelta: () => ({ role: 'assistant', content: '' }),
  textDelta: (kind, text) =>
    kind === 'thinking'
      ? {
          role: 'assistant',
          content: '',
          reasoning: text,
          reasoning_details: [{ type: 'reasoning.text', text, index: 0, format: null }],
        }
      : { role: 'assistant', content: text },
  finishDelta: { role: 'assistant', content: '' },
  headOf: ({ id, createdSeconds, chat }) => ({
    id,
    provider: 'Emulated',
    model: chat.model,
    object: 'chat.completion.chunk',
    created: createdSeconds,
  }),
  choiceTail: (finish) => ({
    finish_reason: finish,
    native_finish_reason: finish,
    logprobs: null,
  }),
  tailOf: () => ({}),
  // On a chunk that has a choice, whether it was asked for or not.
  usageChunk: (plan) => {
    const usage = OPENROUTER.usageOf(plan);
    return usage === undefined ? undefined : { choices: [openrouterChoice(null)], usage };
  },
  usageOf: (plan) => {
    const usage = chatUsage(plan);
    return usage === undefined ? undefined : { ...usage, cost: 0, is_byok: false };
  },
  breakOff: (plan) => {
    const { id, provider, ...head } = OPENROUTER.headOf(plan) as Record<string, unknown>;
    const error = { code: 502, message: 'Provider disconnected' };
    const usage = OPENROUTER.usageOf(plan);
    const choices = [openrouterChoice('error')];
    const event = { id, provider, error, ...head, choices, ...(usage ? { usage } : {}) };
    return `data: ${JSON.stringify(event)}\n\n${DONE}`;
  },
};

const openrouterChoice = (finish: string | null): object => ({
  index: 0,
  delta: { role: 'assistant', content: '' },
  finish_reason: finish,
  native_finish_reason: finish,
  logprobs: null,
});

const groqUsage = (plan: ChatPlan): object | undefined => {
  const { tell, input, outputTokens, reasoningTokens } = plan;
  if (tell === undefined) return undefined;
  return {
    queue_time: 0.017,
    prompt_tokens: tell(input.inputTokens),
    prompt_time: 0.004,
    completion_tokens: tell(outputTokens),
    completion_time: 0.12,
    total_tokens: tell(input.inputTokens + outputTokens),
    total_time: 0.124,
    ...(input.cachedTokens > 0
      ? { prompt_tokens_details: { cached_tokens: input.cachedTokens } }
      : {}),
    ...(reasoningTokens > 0
      ? { completion_tokens_details: { reasoning_tokens: reasoningTokens } }
      : {}),
  };
};

const GROQ: ChatServer = {
  ...OPENAI_CHAT,
  id: 'groq',
  paths: ['/groq/openai/v1/chat/completions'],
  contentType: EVENT_STREAM,
  showsThinking: true,
  roleDelta: () => ({ role: 'assistant', content: '' }),
  textDelta: (kind, text) =>
    kind === 'thinking' ? { reasoning: text, channel: 'analysis' } : { content: text },
  headOf: (plan) => ({ ...chunkHead(plan), system_fingerprint: 'fp_e8236260a9' }),
  tailOf: (plan, place) => {
    const id = `req_${plan.id.slice(-26)}`;
    if (place === 'first') return { x_groq: { id, seed: 27718886 } };
    const usage = groqUsage(plan);
    return place === 'last' ? { x_groq: { id, ...(usage ? { usage } : {}) } } : {};
  },
  usageChunk: (plan) => {
    const usage = plan.chat.includeUsage ? groqUsage(plan) : undefined;
    return usage === undefined ? undefined : { choices: [], usage };
  },
  usageOf: groqUsage,
  // Closes without [DONE], as recorded.
  breakOff: () =>
    `event: error\n${breakWith({
      message: 'Tool call validation failed',
      type: 'invalid_request_error',
      code: 'tool_use_failed',
      status_code: 400,
    })}`,
};

const deepseekUsage = (plan: ChatPlan): object | undefined => {
  const { tell, input, outputTokens, reasoningTokens } = plan;
  if (tell === undefined) return undefined;
  return {
    prompt_tokens: tell(input.inputTokens),
    completion_tokens: tell(outputTokens),
    total_tokens: tell(input.inputTokens + outputTokens),
    prompt_tokens_details: { cached_tokens: input.cachedTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
    prompt_cache_hit_tokens: input.cachedTokens,
    prompt_cache_miss_tokens: input.inputTokens - input.cachedTokens,
  };
};

const DEEPSEEK: ChatServer = {
  ...OPENAI_CHAT,
  id: 'deepseek',
  paths: ['/deepseek/chat/completions', '/deepseek/v1/chat/completions'],
  idPrefix: '',
  showsThinking: true,
  roleDelta: ({ pieces: [first] }) =>
    first?.kind === 'thinking'
      ? { role: 'assistant', content: null, reasoning_content: '' }
      : { role: 'assistant', content: '' },
  textDelta: (kind, text) =>
    kind === 'thinking' ? { content: null, reasoning_content: text } : { content: text },
  finishDelta: { content: '', reasoning_content: null },
  headOf: (plan) => ({
    ...chunkHead(plan),
    system_fingerprint: 'fp_393bca965e_prod0623_fp8_kvcache',
  }),
  tailOf: (plan, place) => ({ usage: (place === 'last' ? deepseekUsage(plan) : null) ?? null }),
  usageChunk: () => undefined,
  usageOf: deepseekUsage,
};

const mistralUsage = (plan: ChatPlan): object | undefined => {
  const { tell, input, outputTokens } = plan;
  if (tell === undefined) return undefined;
  return {
    prompt_tokens: tell(input.inputTokens),
    total_tokens: tell(input.inputTokens + outputTokens),
    completion_tokens: tell(outputTokens),
  };
};

const MISTRAL: ChatServer = {
  ...OPENAI_CHAT,
  id: 'mistral',
  paths: ['/mistral/v1/chat/completions'],
  idPrefix: '',
  roleDelta: () => ({ role: 'assistant', content: '' }),
  textDelta: (_kind, text) => ({ content: text }),
  finishDelta: { content: '' },
  headOf: chunkHead,
  choiceTail: (finish) => ({ finish_reason: finish }),
  tailOf: (plan, place) => {
    const usage = place === 'last' ? mistralUsage(plan) : undefined;
    return usage === undefined ? {} : { usage };
  },
  usageChunk: () => undefined,
  usageOf: mistralUsage,
};

/** Reasoning comes on top of `completion_tokens` (docs.x.ai), unlike everybody else's. */
const xaiUsage = (plan: ChatPlan): object | undefined => {
  const { tell, input, outputTokens, reasoningTokens, searches } = plan;
  if (tell === undefined) return undefined;
  return {
    prompt_tokens: tell(input.inputTokens),
    completion_tokens: tell(outputTokens - reasoningTokens),
    total_tokens: tell(input.inputTokens + outputTokens),
    prompt_tokens_details: {
      text_tokens: input.inputTokens,
      audio_tokens: 0,
      image_tokens: 0,
      cached_tokens: input.cachedTokens,
    },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    num_sources_used: searches,
  };
};

const XAI: ChatServer = {
  ...OPENAI_CHAT,
  id: 'xai',
  paths: ['/xai/v1/chat/completions'],
  idPrefix: '',
  contentType: EVENT_STREAM,
  showsThinking: true,
  roleDelta: () => ({ role: 'assistant', content: '' }),
  textDelta: (kind, text) =>
    kind === 'thinking' ? { reasoning_content: text } : { content: text },
  headOf: chunkHead,
  choiceTail: (finish) => (finish === null ? {} : { finish_reason: finish }),
  tailOf: () => ({ system_fingerprint: 'fp_9362061f30' }),
  usageChunk: (plan) => {
    const usage = plan.chat.includeUsage ? xaiUsage(plan) : undefined;
    const tail = XAI.tailOf(plan, 'usual');
    return usage === undefined ? undefined : { choices: [], usage, ...tail };
  },
  usageOf: xaiUsage,
};

export const COMPATIBLE_SERVERS: readonly ChatServer[] = [OPENROUTER, GROQ, DEEPSEEK, MISTRAL, XAI];
