// The policy of the scopes on five shards that take over from two.

import { definePolicy } from '../../core/policy/policy.ts';
import before, { BEFORE } from './layout-before-policy.ts';

export const AFTER = { epoch: 2, count: 5 } as const;

export default definePolicy({ ...before, edgeShards: { ...AFTER, previous: BEFORE } });
