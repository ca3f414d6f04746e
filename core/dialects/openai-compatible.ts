// What servers of Chat Completions take, each in its own way: which fields go up at all, how the
// ceiling is called, what is forced. A list of what is allowed, never of what is taken away; so a
// field that hides cost has to be written here before it can go anywhere.

import type { ProviderKind } from '../pricing/rates.ts';
import type { Json } from './json-value.ts';
import { compatibleFields } from './openai-compatible-schema.ts';

export type CeilingKey = 'max_tokens' | 'max_completion_tokens';

export type Manners = {
  /** Fields of a request that go up as they are. */
  readonly takes: ReadonlySet<string>;
  /** Under another name. */
  readonly renames: Readonly<Record<string, string>>;
  /** Ceilings it knows; the first is sent where the caller used none of them. */
  readonly ceilings: readonly [CeilingKey, ...CeilingKey[]];
  /** Where our name for the caller goes. */
  readonly callerField: 'safety_identifier' | 'user' | null;
  /** Of `stream_options`; null where there is no such field and usage comes unasked. */
  readonly streamOptions: readonly ('include_usage' | 'include_obfuscation')[] | null;
  /** A cache of the caller's own: see `narrowedChat`. */
  readonly keysItsCache: boolean;
  readonly forced: Json;
  /** Fields of an assistant's message beside the common ones. */
  readonly thoughts: readonly ('reasoning_content' | 'reasoning')[];
  /** Takes the names of speakers. */
  readonly takesNames: boolean;
};

const COMMON = [
  'model',
  'messages',
  'stream',
  'temperature',
  'top_p',
  'stop',
  'tools',
  'tool_choice',
  'response_format',
];
const PENALTIES = ['frequency_penalty', 'presence_penalty'];
const LOGPROBS = ['logprobs', 'top_logprobs'];
const LEGACY = ['functions', 'function_call'];

const BASE: Manners = {
  takes: new Set(COMMON),
  renames: {},
  ceilings: ['max_tokens'],
  callerField: null,
  streamOptions: ['include_usage'],
  keysItsCache: false,
  forced: {},
  thoughts: [],
  takesNames: true,
};

const taking = (...fields: readonly string[]): ReadonlySet<string> =>
  new Set([...COMMON, ...fields]);

export const MANNERS: Readonly<Record<ProviderKind, Manners>> = {
  /** `openai` 7.57, resources/chat/completions. `metadata` is refused without `store`. */
  openai: {
    ...BASE,
    takes: taking(
      ...PENALTIES,
      ...LOGPROBS,
      ...LEGACY,
      'n',
      'seed',
      'logit_bias',
      'parallel_tool_calls',
      'reasoning_effort',
      'verbosity',
      'modalities',
      'audio',
      'web_search_options',
    ),
    // GPT-5 and the o series refuse `max_tokens`; older servers do not know the other.
    ceilings: ['max_completion_tokens', 'max_tokens'],
    callerField: 'safety_identifier',
    streamOptions: ['include_usage', 'include_obfuscation'],
    keysItsCache: true,
    forced: { store: false, service_tier: 'default' },
  },
  /** Compatible endpoints of these two: what they document, and no more. */
  anthropic: BASE,
  google: { ...BASE, takes: taking('n', 'reasoning_effort', 'modalities') },
  /**
   * docs.x.ai/docs/api-reference#chat-completions; no `store` and no tiers there. The ceiling holds
   * for thoughts as well: 860 of them and 1,187 tokens ended at 2,048 (evalstate/fast-agent#276).
   */
  xai: {
    ...BASE,
    takes: taking(
      ...PENALTIES,
      ...LOGPROBS,
      'n',
      'seed',
      'parallel_tool_calls',
      'reasoning_effort',
      'search_parameters',
      'web_search_options',
    ),
    ceilings: ['max_completion_tokens', 'max_tokens'],
    callerField: 'user',
    thoughts: ['reasoning_content'],
  },
  /**
   * console.groq.com/docs/openai: names, biases and logprobs are answered by 400, and any `n` but
   * 1. /docs/service-tiers: `auto` may be the dearer one.
   */
  groq: {
    ...BASE,
    takes: taking(
      ...PENALTIES,
      ...LEGACY,
      'seed',
      'parallel_tool_calls',
      'reasoning_effort',
      'reasoning_format',
      'include_reasoning',
    ),
    ceilings: ['max_completion_tokens', 'max_tokens'],
    callerField: 'user',
    forced: { service_tier: 'on_demand' },
    thoughts: ['reasoning'],
    takesNames: false,
  },
  /**
   * docs.mistral.ai/api/#tag/chat. Answers 422 `extra_forbidden` to every other field, among them
   * `max_completion_tokens` and `store` (Gitlawb/openclaude#739), `stream_options`
   * (avante-corp/avante.nvim#2347) and names (Gage-Technologies/mistral-go#2).
   */
  mistral: {
    ...BASE,
    takes: taking(
      ...PENALTIES,
      'n',
      'random_seed',
      'parallel_tool_calls',
      'reasoning_effort',
      'prompt_mode',
      'safe_prompt',
    ),
    renames: { seed: 'random_seed' },
    streamOptions: null,
    takesNames: false,
  },
  /** api-docs.deepseek.com/api/create-chat-completion: passes over a ceiling by another name. */
  deepseek: {
    ...BASE,
    takes: taking(...PENALTIES, ...LOGPROBS, 'thinking', 'reasoning_effort'),
    thoughts: ['reasoning_content'],
  },
  /**
   * openrouter.ai/docs/api-reference/parameters. Which servers it asks: `openrouter-routing.ts`.
   */
  openrouter: {
    ...BASE,
    takes: taking(
      ...PENALTIES,
      ...LOGPROBS,
      'seed',
      'logit_bias',
      'parallel_tool_calls',
      'reasoning_effort',
      'reasoning',
      'include_reasoning',
      'verbosity',
      'modalities',
      'audio',
      'top_k',
      'min_p',
      'top_a',
      'repetition_penalty',
    ),
    callerField: 'user',
    forced: { provider: { require_parameters: true } },
    thoughts: ['reasoning'],
  },
};

/** A field that servers of another kind have: nothing a caller writes is dropped in silence. */
export function foreignField(request: Json, kind: ProviderKind): string | null {
  const { takes, renames } = MANNERS[kind];
  const foreign = Object.keys(compatibleFields).find(
    (field) =>
      request[field] !== undefined &&
      request[field] !== null &&
      !takes.has(renames[field] ?? field),
  );
  return foreign ?? null;
}
