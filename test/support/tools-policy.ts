// The test policy with the routes of four providers' formats once for every way to treat tools and
// system messages: `/refuse/v1/messages` and so on.

import { definePolicy } from '../../core/policy/policy.ts';
import type { RouteSource } from '../../core/policy/schema.ts';
import base from './policy.ts';

export const OURS = 'You sell bicycles.';
export const USD_PER_CALL = '0.001';
export const NANO_USD_PER_CALL = 1_000_000;

const ROUTES = ['chat-completions', 'responses', 'messages', 'gemini', 'gemini-v1'];

export const WAYS = {
  refuse: { tools: { callers: 'refuse' }, system: { callers: 'refuse' } },
  filter: { tools: { callers: 'filter', names: ['weather'] }, system: { callers: 'fence' } },
  pinned: {
    tools: { callers: 'pinned', names: ['weather'] },
    system: { callers: 'fence', text: OURS },
  },
  record: { tools: { callers: 'allow', inputs: 'record' } },
  cut: { tools: { callers: 'allow', inputs: 'cut' } },
} satisfies Record<string, Partial<RouteSource>>;

export default definePolicy({
  ...base,
  tools: [
    {
      name: 'weather',
      description: 'How warm it is somewhere.',
      usdPerCall: USD_PER_CALL,
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
        additionalProperties: false,
      },
    },
  ],
  routes: [
    ...base.routes,
    ...Object.entries(WAYS).flatMap(([way, terms]) =>
      base.routes
        .filter(({ id }) => ROUTES.includes(id))
        .map((route) => ({
          ...route,
          ...terms,
          id: `${way}-${route.id}`,
          path: `/${way}${route.path}`,
          toolsMax: 4,
        })),
    ),
  ],
});
