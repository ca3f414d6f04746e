// The shipped policy with the least work and budgets that do not end: a benchmark measures the
// path, not the refusals. Proof checks, reservations and settlements are all on.

import { definePolicy } from '../core/policy/policy.ts';
import shipped from '../weighbridge.config.ts';

const plenty = {
  dayUsd: '1000000',
  monthUsd: '4000000',
  dayRequests: 1_000_000_000,
  monthRequests: 1_000_000_000,
  concurrentCalls: 4_000,
};

export default definePolicy({
  ...shipped,
  proof: { floorHashes: 32, capHashes: 32 },
  limits: { key: plenty, device: plenty, ip: plenty, ipWithKey: plenty },
});
