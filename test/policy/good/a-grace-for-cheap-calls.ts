// A grace that lets dearer calls through than it does by itself.

import { policyWith } from '../base.ts';

export default policyWith({
  'routes.0.whenLedgerUnreachable': { graceUsdPerHour: '0.50', callUsdMax: '0.05' },
});
