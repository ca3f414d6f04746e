// A user who sends dear requests would be under no budget.

import { bad } from '../base.ts';
import { withJwt } from '../identities.ts';

export default bad({ ...withJwt(), 'limits.user': [{ window: 'day', requests: 100 }] }, [
  'limits.user',
  'dollars',
]);
