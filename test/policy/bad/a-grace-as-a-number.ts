// No float ever stands for money.

import { bad } from '../base.ts';

export default bad({ 'routes.0.whenLedgerUnreachable': { graceUsdPerHour: 1 } }, [
  'routes.0.whenLedgerUnreachable',
  '{ graceUsdPerHour: "1" }',
]);
