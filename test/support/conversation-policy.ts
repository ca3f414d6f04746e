// The test policy with a conversation on the first route: what a request repeats as the last answer
// must have been given. The second route is the same without it, for controls.

import { definePolicy } from '../../core/policy/policy.ts';
import { present } from '../../core/result.ts';
import base from './policy.ts';

export const FREE_BASE = '/free';
export const BRANCHES_MAX = 2;

const [first] = base.routes;
const chat = present(first, 'a route');

export default definePolicy({
  ...base,
  routes: [
    { ...chat, conversation: { branchesMax: BRANCHES_MAX } },
    { ...chat, id: 'free-history', path: `${FREE_BASE}/chat/completions` },
  ],
});
