// The test policy as one that is tried out: every rule only noted, but for what a route says; a
// ladder for whoever runs out of money; and a budget so small that it does.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

export const OBSERVED_PATH = '/v1/observed';
export const LADDER_PATH = '/v1/ladder';
export const HALF_PATH = '/v1/half';
export const LADDER = ['gpt-4o', 'gpt-4o-mini', 'gpt-5-nano'] as const;

const [first] = base.routes;
if (first === undefined) throw new Error('the shipped policy has no route');

export default definePolicy({
  ...base,
  mode: 'observe',
  routes: [
    // Enforced, as every route of the others is.
    { ...first, mode: 'enforce' },
    {
      ...first,
      id: 'observed',
      path: OBSERVED_PATH,
      proof: 'always',
      models: ['gpt-4o-mini'],
      promptCharsMax: 100,
      requires: { paid: true },
    },
    {
      ...first,
      id: 'ladder',
      path: LADDER_PATH,
      mode: 'enforce',
      models: [...LADDER],
      downgrade: { ladder: [...LADDER], on: ['money'] },
    },
    { ...first, id: 'half', path: HALF_PATH, rules: { 'model-not-offered': 'enforce' } },
  ],
  plans: [{ id: 'pro', isPaid: true }],
});
