// Caps from nothing to the largest exact amount.

import { policyWith } from '../base.ts';

export default policyWith({
  'limits.key.monthUsd': '9007199.254740991',
  'limits.device.dayUsd': '0.000000001',
  'limits.ip.dayUsd': '0',
});
