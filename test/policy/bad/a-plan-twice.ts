// The second would never be looked at.

import { bad } from '../base.ts';

export default bad({ plans: [{ id: 'free' }, { id: 'free' }] }, [
  'plans[1].id',
  'another plan is called "free"',
]);
