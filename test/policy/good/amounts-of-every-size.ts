// Caps from nothing to the largest exact amount.

import { policyWith } from '../base.ts';

export default policyWith({
  'limits.key.1.usd': '9007199.254740991',
  'limits.device.0.usd': '0.000000001',
  'limits.ip.0.usd': '0',
});
