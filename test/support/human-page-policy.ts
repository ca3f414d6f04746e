// The policy of the human proof for a page that a browser really opens: its host is this machine.

import { definePolicy } from '../../core/policy/policy.ts';
import base from './human-policy.ts';

const { human } = base.proof;
if (human === undefined) throw new Error('the policy asks no human');

export default definePolicy({
  ...base,
  proof: { ...base.proof, human: { ...human, hostnames: ['127.0.0.1'] } },
});
