// Nobody could call it.

import { bad } from '../base.ts';

export default bad({ plans: [{ id: 'free' }], 'routes.0.requires': { paid: true } }, [
  'routes[0].requires.paid',
  'no plan is paid for',
]);
