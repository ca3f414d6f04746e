/**
 * The Chat Completions dialects, OpenAI's and those of the servers that copy it. Mistral alone
 * refuses members it does not know.
 */
import type { Dialect, ProviderError } from '../dialect.ts';
import { isProviderError } from '../dialect.ts';
import { parseObject } from '../json-record.ts';
import { plainInput } from '../prices.ts';
import type { RequestBody } from '../request-body.ts';
import { TIER_PERCENT } from '../service-tiers.ts';
import { planSpeech } from '../speech-plan.ts';
import { chatAnswer } from './chat-answer.ts';
import { readChatRequest } from './chat-request.ts';
import type { ChatServer } from './chat-server.ts';
import { OPENAI_VOICE } from './openai-voice.ts';

export function chatDialect(server: ChatServer): Dialect {
  return {
    id: server.id === 'openai' ? 'openai-chat' : `openai-chat ${server.id}`,
    idPrefix: server.idPrefix,
    voice: OPENAI_VOICE,
    read: ({ body }) => {
      const extra = server.id === 'mistral' ? refuseExtra(body) : undefined;
      const chat = extra ?? readChatRequest(body, server.id);
      if (isProviderError(chat)) return chat;
      return {
        model: chat.model,
        price: chat.price,
        input: plainInput(chat.inputTokens, TIER_PERCENT[chat.tier]),
        answer: (asked) => {
          const { showsThinking } = server;
          const speaksRefusal = true;
          const wish = { ...chat, isStream: chat.stream, showsThinking, speaksRefusal };
          return chatAnswer({ ...planSpeech(asked, wish), chat }, server);
        },
      };
    },
  };
}

const MISTRAL_MEMBERS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'temperature',
  'top_p',
  'max_tokens',
  'stream',
  'stop',
  'random_seed',
  'metadata',
  'response_format',
  'tools',
  'tool_choice',
  'presence_penalty',
  'frequency_penalty',
  'n',
  'prediction',
  'parallel_tool_calls',
  'prompt_mode',
  'reasoning_effort',
  'guardrails',
  'safe_prompt',
]);

/** `{"detail": [{"type": "extra_forbidden", …}]}`, one entry a member. */
function refuseExtra({ text }: RequestBody): ProviderError | undefined {
  const members = Object.entries(parseObject(text) ?? {});
  const detail = members
    .filter(([name]) => !MISTRAL_MEMBERS.has(name))
    .map(([name, input]) => ({
      type: 'extra_forbidden',
      loc: ['body', name],
      msg: 'Extra inputs are not permitted',
      input,
    }));
  if (detail.length === 0) return undefined;
  const type = 'invalid_request_error';
  const message = { detail };
  return { status: 422, body: { object: 'error', message, type, param: null, code: null } };
}
