// A route that is served on from a small purse while ledgers cannot be reached.

import { policyWith } from '../base.ts';

export default policyWith({ 'routes.0.whenLedgerUnreachable': { graceUsdPerHour: '0.50' } });
