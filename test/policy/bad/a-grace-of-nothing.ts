// A grace of nothing is a refusal under another name.

import { bad } from '../base.ts';

export default bad({ 'routes.0.whenLedgerUnreachable': { graceUsdPerHour: '0' } }, [
  'routes[0].whenLedgerUnreachable.graceUsdPerHour',
  'write "refuse"',
]);
