// The default, written out.

import { policyWith } from '../base.ts';

export default policyWith({ 'routes.0.whenLedgerUnreachable': 'refuse' });
