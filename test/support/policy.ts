// The shipped policy with little work asked of callers, so that a test that needs a thousand proofs
// gets them in a second. Everything else is what strangers run.

import { definePolicy } from '../../core/policy/policy.ts';
import shipped from '../../weighbridge.config.ts';

export default definePolicy({
  ...shipped,
  proof: {
    floorHashes: 2 ** 8,
    capHashes: 2 ** 12,
    asks: { atOnce: 1_000_000, perSecond: 1_000_000 },
  },
});
