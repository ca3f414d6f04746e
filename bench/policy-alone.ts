// The benchmark's policy without any budget that callers share.

import { definePolicy } from '../core/policy/policy.ts';
import base from './policy.ts';

const { cohort: _cohort, global: _global, ...alone } = base.limits;

export default definePolicy({ ...base, limits: alone });
