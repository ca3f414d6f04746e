// The policy of the tests with two plans, for API keys that are on one of them.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './policy.ts';

export default definePolicy({
  ...base,
  plans: [{ id: 'free' }, { id: 'pro', isPaid: true }],
});
