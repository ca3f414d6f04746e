// A grace for calls that cost nothing, which none does.

import { bad } from '../base.ts';

export default bad(
  { 'routes.0.whenLedgerUnreachable': { graceUsdPerHour: '1', callUsdMax: '0' } },
  ['routes[0].whenLedgerUnreachable.callUsdMax', 'write "refuse"'],
);
