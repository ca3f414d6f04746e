// Nobody could call it.

import { bad } from '../base.ts';

export default bad({ plans: [{ id: 'free' }, { id: 'pro', isPaid: true }], 'routes.0.plans': {} }, [
  'routes[0].plans',
  'nobody could call this route',
]);
