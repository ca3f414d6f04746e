// A conversation is not switched on; it is said how often an answer may be gone on from.

import { bad } from '../base.ts';

export default bad({ 'routes.0.conversation': true }, [
  'routes.0.conversation',
  'write { branchesMax: 2, hoursMax: 24 }',
]);
