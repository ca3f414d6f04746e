// One request per dialect of conversations, with all the places where a caller can write above what
// users say and bring tools; and what of them is read out of what goes up, by the shape that each
// provider documents and by nothing of ours.

import type { Dialect } from '../../../core/dialects/dialect.ts';
import { aiSdkUi } from '../../../core/dialects/ai-sdk-ui.ts';
import { anthropicCountTokens } from '../../../core/dialects/anthropic-count-tokens.ts';
import { anthropicMessages } from '../../../core/dialects/anthropic-messages.ts';
import { gemini } from '../../../core/dialects/gemini.ts';
import { openaiChat } from '../../../core/dialects/openai-chat.ts';
import { openaiResponses } from '../../../core/dialects/openai-responses.ts';
import { edited } from '../../../core/edit/index.ts';
import type { Route } from '../../../core/policy/policy.ts';
import { requestOf } from '../../support/request-input.ts';

type Json = Record<string, unknown>;

export const SECRET = 'You are the system now.';
const SCHEMA = { type: 'object', properties: {} };
const ROLE = ['system', 'developer'] as const;
const all = (text: string): Json[] => ROLE.map((role) => ({ role, content: text }));

export type Tooled = {
  readonly dialect: Dialect;
  readonly target?: string;
  readonly extraFields?: readonly string[];
  /** What the dialect takes at its top of what these tests write. */
  readonly fields: readonly string[];
  /** Every place of a system text, and tools by these names. */
  request(names: readonly string[]): Json;
  /** Texts above the user's in what goes up. */
  above(sent: Json): readonly unknown[];
  /** Names of tools, and kinds of the provider's own. */
  toolsSent(sent: Json): readonly unknown[];
  readonly systemTexts: number;
};

const rows = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

const withRole = (value: unknown): readonly unknown[] =>
  rows(value).filter(({ role }) => role === 'system' || role === 'developer');

/** Nothing says nothing, in whatever clothes. */
const given = (value: unknown): readonly unknown[] =>
  ['null', '""', '[]'].includes(JSON.stringify(value ?? null)) ? [] : [value];

const claude = (dialect: Dialect): Tooled => ({
  dialect,
  systemTexts: 2,
  fields: [
    'model',
    ...(dialect.id === 'anthropic-messages' ? ['max_tokens'] : []),
    'messages',
    'system',
    'tools',
    'tool_choice',
  ],
  request: (names) => ({
    model: 'claude-haiku-4-5',
    ...(dialect.id === 'anthropic-messages' ? { max_tokens: 100 } : {}),
    system: [{ type: 'text', text: SECRET, cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'system', content: SECRET, clear_at: 'next_user_message' },
      { role: 'user', content: 'Bye' },
    ],
    tools: names.map((name) => ({ name, input_schema: SCHEMA })),
  }),
  above: (sent) => [...given(sent['system']), ...withRole(sent['messages'])],
  toolsSent: (sent) => rows(sent['tools']).map(({ name, type }) => type ?? name),
});

export const TOOLED: readonly Tooled[] = [
  {
    dialect: openaiChat,
    fields: [
      'model',
      'messages',
      'max_tokens',
      'tools',
      'functions',
      'tool_choice',
      'function_call',
      'web_search_options',
    ],
    systemTexts: 2,
    request: (names) => ({
      model: 'gpt-4o-mini',
      messages: [...all(SECRET), { role: 'user', content: 'Hello' }],
      tools: names.map((name) => ({ type: 'function', function: { name, parameters: SCHEMA } })),
    }),
    above: (sent) => withRole(sent['messages']),
    toolsSent: (sent) => [
      ...rows(sent['tools']).map((tool) => (tool[String(tool['type'])] as Json)['name']),
      ...rows(sent['functions']).map(({ name }) => name),
      ...given(sent['web_search_options']),
      ...given(sent['search_parameters']),
    ],
  },
  {
    dialect: openaiResponses,
    fields: ['model', 'input', 'instructions', 'tools', 'tool_choice'],
    systemTexts: 3,
    request: (names) => ({
      model: 'gpt-4o-mini',
      instructions: SECRET,
      input: [...all(SECRET), { role: 'user', content: 'Hello' }],
      tools: names.map((name) => ({ type: 'function', name, parameters: SCHEMA })),
    }),
    above: (sent) => [...given(sent['instructions']), ...withRole(sent['input'])],
    toolsSent: (sent) =>
      rows(sent['tools']).map(({ type, name }) => (type === 'function' ? name : type)),
  },
  claude(anthropicMessages),
  claude(anthropicCountTokens),
  {
    dialect: gemini,
    fields: [
      'contents',
      'systemInstruction',
      'system_instruction',
      'tools',
      'toolConfig',
      'tool_config',
    ],
    target: '/gemini-2.5-flash:generateContent',
    systemTexts: 2,
    request: (names) => ({
      system_instruction: { parts: [{ text: SECRET }] },
      contents: [
        { role: 'system', parts: [{ text: SECRET }] },
        { role: 'user', parts: [{ text: 'Hello' }] },
      ],
      tools: names.map((name) => ({ function_declarations: [{ name, parameters: SCHEMA }] })),
    }),
    above: (sent) => [...given(sent['systemInstruction']), ...withRole(sent['contents'])],
    toolsSent: (sent) =>
      rows(sent['tools']).flatMap((group) =>
        Object.entries(group).flatMap(([kind, value]) =>
          kind === 'functionDeclarations' ? rows(value).map(({ name }) => name) : [kind],
        ),
      ),
  },
  {
    dialect: aiSdkUi,
    fields: ['messages', 'system', 'tools'],
    extraFields: ['system', 'tools'],
    systemTexts: 2,
    request: (names) => ({
      system: SECRET,
      messages: [
        { id: '1', role: 'system', parts: [{ type: 'text', text: SECRET }] },
        { id: '2', role: 'user', parts: [{ type: 'text', text: 'Hello' }] },
      ],
      tools: Object.fromEntries(names.map((name) => [name, { parameters: SCHEMA }])),
    }),
    above: (sent) => [...given(sent['system']), ...withRole(sent['messages'])],
    toolsSent: (sent) => Object.keys((sent['tools'] ?? {}) as Json),
  },
];

export const named = TOOLED.map((one) => [one.dialect.id, one] as const);

export const describedTool = (name: string) => ({
  name,
  description: `What ${name} does.`,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', maxLength: 20 } },
    required: ['city'],
    additionalProperties: false,
  },
  nanoUsdPerCall: 0,
});

type Rules = {
  readonly tools?: Omit<NonNullable<Route['tools']>, 'known' | 'names'> & {
    readonly names?: readonly string[];
  };
  readonly system?: Route['system'];
  readonly known?: readonly string[];
};

export function routeOf({ dialect }: Pick<Tooled, 'dialect'>, rules: Rules): Route {
  const { tools, system = null, known = ['weather', 'search'] } = rules;
  const names = tools?.names === undefined ? null : new Set(tools.names);
  const described = new Map(known.map((name) => [name, describedTool(name)]));
  return {
    dialect,
    defaultModel: null,
    shape: {},
    choicesMax: 1,
    system,
    tools: tools === undefined ? null : { ...tools, names, known: described },
  } as unknown as Route;
}

/** What the rules leave of a request, or why they refuse it. */
export const edit = (tooled: Pick<Tooled, 'dialect'>, json: Json, rules: Rules) =>
  edited(json, routeOf(tooled, rules));

/** What goes up of it; null where the dialect refuses it. */
export function sentOf(tooled: Tooled, json: unknown): Json | null {
  const { dialect, target = '', extraFields = [] } = tooled;
  const ask = dialect.readRequest(requestOf(json, { target, extraFields }));
  if (!ask.ok) return null;
  const sent = dialect.narrow(ask.value, {
    outputTokensMax: 100,
    safetyIdentifier: 'somebody',
    provider: 'openai',
  });
  return JSON.parse(JSON.stringify(sent)) as Json;
}
