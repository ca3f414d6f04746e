// The benchmark's policy with the difficulty that is shipped: what a visitor waits for is measured
// with the work a visitor does.

import { definePolicy } from '../core/policy/policy.ts';
import shipped from '../weighbridge.config.ts';
import base from './policy.ts';

export default definePolicy({ ...base, proof: shipped.proof });
