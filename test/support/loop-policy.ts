// The test policy with ceilings on the loops of callers, another route that has them, one that only
// tries them out, and one that has none.

import { dialectById } from '../../core/dialects/index.ts';
import { definePolicy } from '../../core/policy/policy.ts';
import { present } from '../../core/result.ts';
import base from './policy.ts';

export const LOOP = { stepsMax: 6, toolCallsMax: 8, usd: '0.01', seconds: 600 } as const;
export const LOOP_NANO_USD = 10_000_000;
export const RUNS_A_DAY = 10;

export const OTHER_CHAT = '/other/v1/chat/completions';
export const OPEN_CHAT = '/open/v1/chat/completions';
export const WATCHED_CHAT = '/watched/v1/chat/completions';

const chat = present(
  base.routes.find(({ dialect }) => dialect === 'openai-chat'),
  'a chat route',
);
const upstreamPath = '/v1/chat/completions';

export default definePolicy({
  ...base,
  limits: { ...base.limits, key: [...base.limits.key, { window: 'day', runs: RUNS_A_DAY }] },
  routes: [
    ...base.routes.map((route) =>
      dialectById(route.dialect)?.loop === undefined ? route : { ...route, loop: LOOP },
    ),
    { ...chat, id: 'other-chat', path: OTHER_CHAT, upstreamPath, loop: LOOP },
    { ...chat, id: 'open-chat', path: OPEN_CHAT, upstreamPath },
    {
      ...chat,
      id: 'watched-chat',
      path: WATCHED_CHAT,
      upstreamPath,
      loop: LOOP,
      rules: { 'run-unknown': 'observe', 'over-quota': 'observe' },
    },
  ],
});
