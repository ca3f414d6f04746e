// The test policy with a ladder on the route straight to the provider, which is taken where a
// switch wants less, and on no other route.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

export const LADDER = ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1-nano'] as const;

export default definePolicy({
  ...base,
  routes: base.routes.map((route) =>
    route.id === 'chat-completions'
      ? { ...route, downgrade: { ladder: [...LADDER], on: ['switch'] } }
      : route,
  ),
});
