// A route must know whom it calls.

import { bad } from '../base.ts';

export default bad({ 'routes.0.provider': 'opanai' }, [
  'routes[0].provider',
  'no provider "opanai"',
]);
