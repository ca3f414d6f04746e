// Without its ledgers the gateway has no budget to check: it never simply lets calls through.

import { bad } from '../base.ts';

export default bad({ 'routes.0.whenLedgerUnreachable': 'allow' }, [
  'routes.0.whenLedgerUnreachable',
  'refuse',
]);
