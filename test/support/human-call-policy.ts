// The policy of the human proof where every call needs its own.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './human-policy.ts';

const { human } = base.proof;
if (human === undefined) throw new Error('the policy asks no human');

export default definePolicy({
  ...base,
  proof: { ...base.proof, human: { ...human, every: 'call' } },
});
