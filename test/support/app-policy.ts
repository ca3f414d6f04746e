// The support bot of the examples with little work, spoken in every dialect that can be built, on
// routes beside one that takes any chat: what a thief would rather have.

import { definePolicy } from '../../core/policy/policy.ts';
import example from '../../examples/support-bot/policy.ts';
import { present } from '../../core/result.ts';
import base from './policy.ts';

export const SUPPORT = '/api/support';
export const CLAUDE = '/api/support/claude';
export const RESPONSES = '/api/support/responses';
export const TOOLED = '/api/support/tooled';
export const LADDER = '/api/support/ladder';
export const DIALECT_PATHS = [SUPPORT, CLAUDE, RESPONSES] as const;

const bot = present(
  example.routes.find(({ id }) => id === 'support'),
  'the bot',
);
export const APP = present(bot.app, 'an app route');
export const SYSTEM = APP.system;

export default definePolicy({
  ...base,
  tools: [
    {
      name: 'open_form',
      parameters: { type: 'object', properties: { id: { type: 'integer' } } },
      usdPerCall: '0.001',
    },
  ],
  routes: [
    ...base.routes,
    { ...bot, proof: 'anonymous' },
    {
      ...bot,
      id: 'support-claude',
      path: CLAUDE,
      dialect: 'anthropic-messages',
      provider: 'anthropic',
      models: ['claude-haiku-4-5'],
      proof: 'anonymous',
      app: { ...APP, temperature: 0.3 },
    },
    {
      ...bot,
      id: 'support-responses',
      path: RESPONSES,
      dialect: 'openai-responses',
      proof: 'anonymous',
    },
    {
      ...bot,
      id: 'support-tooled',
      path: TOOLED,
      proof: 'anonymous',
      toolsMax: 1,
      app: { ...APP, tools: ['open_form'] },
    },
    {
      ...bot,
      id: 'support-ladder',
      path: LADDER,
      proof: 'anonymous',
      models: ['gpt-4o-mini', 'gpt-4o'],
      defaultModel: 'gpt-4o',
      downgrade: { ladder: ['gpt-4o', 'gpt-4o-mini'], on: ['money'] },
    },
  ],
});
